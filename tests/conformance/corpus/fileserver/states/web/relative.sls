a: {{ salt['cp.get_file_str']('web/files/web.conf')|length }}
