// Writes the settings of package.json from editors/settings.schema.json, the one source of both. With `--check` it only
// says whether they agree.
import { readFileSync, writeFileSync } from 'node:fs';

const here = new URL('..', import.meta.url);
const schema = JSON.parse(readFileSync(new URL('../settings.schema.json', here), 'utf8'));
const file = new URL('package.json', here);
const manifest = JSON.parse(readFileSync(file, 'utf8'));

// Paths that lead out of the workspace are the user's to set, not a repository's.
const machine = new Set(['repositories', 'modules']);
const camel = (key) => key.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
const plain = (value) => {
  const { anyOf, ...rest } = value;
  if (!anyOf) return rest;
  return { ...rest, type: [...new Set(anyOf.map((one) => one.type))] };
};

const properties = {
  'saltflow.server.path': {
    type: 'string', default: '', scope: 'machine-overridable',
    description: 'The saltflow binary. Empty: the one that the extension brings, else the one on the PATH.',
  },
  'saltflow.trace.server': {
    type: 'string', enum: ['off', 'messages', 'verbose'], default: 'off',
    description: 'Log the messages between editor and server.',
  },
};
for (const [key, value] of Object.entries(schema.properties)) {
  properties[`saltflow.${camel(key)}`] = { ...plain(value), ...(machine.has(key) ? { scope: 'machine' } : {}) };
}
manifest.contributes.configuration.properties = properties;
const text = `${JSON.stringify(manifest, null, 2)}\n`;
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== text) {
    console.error('package.json does not agree with editors/settings.schema.json: run `npm run settings`');
    process.exit(1);
  }
} else {
  writeFileSync(file, text);
}
