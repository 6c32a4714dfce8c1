{% set backup = salt['pillar.get']('postgres:backup', {'hour': 3, 'keep_days': 14}) %}
{% from 'common/macros.jinja' import directory %}
{{ directory('postgres_backup_dir', '/var/backups/postgres', user='postgres', mode='0700') }}

postgres_backup_cron:
  cron.present:
    - name: pg_dumpall | gzip > /var/backups/postgres/all.sql.gz
    - user: postgres
    - minute: 15
    - hour: {{ backup.hour }}
    - require:
      - file: postgres_backup_dir

postgres_backup_prune:
  cron.present:
    - name: find /var/backups/postgres -mtime +{{ backup.keep_days }} -delete
    - user: postgres
    - hour: {{ backup.hour + 1 }}
    - minute: 0
    - require:
      - cron: postgres_backup_cron
