// What a user of VS Code sees in the sample repository: the packaged extension in code-server, driven
// through a browser. Every check is tried, then the exit status tells.

import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

const { CODE_SERVER, PLAYWRIGHT, CHROMIUM, SALTFLOW, FOLDER, VSIX, PICTURES } = process.env;
const { chromium } = await import(PLAYWRIGHT);
const PATIENCE = 30_000; // ms: a debug build on a busy machine
const repository = join(FOLDER, 'webshop');
const data = join(FOLDER, 'code');

const userSettings = {
  'workbench.startupEditor': 'none',
  'workbench.colorTheme': 'Default Dark Modern',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'security.workspace.trust.enabled': false,
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  'extensions.ignoreRecommendations': true,
  'window.commandCenter': false,
  'editor.minimap.enabled': false,
  'files.autoSave': 'off', // files are read while they are edited
  'editor.autoIndent': 'none', // typed text stays as it is typed
  'editor.fontFamily': 'DejaVu Sans Mono',
};

function write(file, value) {
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, JSON.stringify(value));
}

function server(path) {
  write(join(data, 'Machine', 'settings.json'), { 'saltflow.server.path': path });
}

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

write(join(data, 'User', 'settings.json'), userSettings);
server(SALTFLOW);
const nowhere = 'http://127.0.0.1:9';
const environment = {
  ...process.env,
  EXTENSIONS_GALLERY: JSON.stringify({ serviceUrl: nowhere, itemUrl: nowhere, resourceUrlTemplate: `${nowhere}/{path}` }),
};
const folders = ['--user-data-dir', data, '--extensions-dir', join(data, 'ext')];
const installed = spawnSync(process.execPath, [CODE_SERVER, ...folders, '--install-extension', VSIX], {
  env: environment,
  encoding: 'utf8',
});
if (installed.status !== 0) {
  console.log(`FAILED  the packaged extension is installed\n${installed.stdout}${installed.stderr}`);
  process.exit(1);
}

const port = await freePort();
const flags = ['--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, '--disable-telemetry', '--disable-update-check'];
const code = spawn(process.execPath, [CODE_SERVER, ...folders, ...flags], { env: environment, detached: true });
let codeLog = '';

/** Ends code-server with the extension host and the language server that it started: its process group. */
async function endCode() {
  const ended = code.exitCode === null ? new Promise((resolve) => code.once('exit', resolve)) : undefined;
  for (const signal of ['SIGTERM', 'SIGKILL']) {
    try {
      process.kill(-code.pid, signal);
    } catch {
      // nobody is left
    }
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 3000))]);
  }
}
process.on('SIGTERM', () => endCode().finally(() => process.exit(124)));

for (const stream of [code.stdout, code.stderr]) {
  stream.on('data', (piece) => (codeLog += piece));
}
const address = `http://127.0.0.1:${port}`;
const started = Date.now();
while (!(await fetch(`${address}/healthz`).then((answer) => answer.ok, () => false))) {
  if (Date.now() - started > PATIENCE || code.exitCode !== null) {
    console.log(`FAILED  code-server starts\n${codeLog}`);
    await endCode();
    process.exit(1);
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
}

const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
page.setDefaultTimeout(PATIENCE);

let failures = 0;
async function check(name, body) {
  try {
    await body();
    console.log(`ok      ${name}`);
  } catch (error) {
    failures += 1;
    console.log(`FAILED  ${name}\n        ${String(error.message ?? error).replaceAll('\n', '\n        ')}`);
    await picture(`failed-${failures}`);
  }
}

const picture = (name) => page.screenshot({ path: join(PICTURES, `${name}.png`) });

/** Waits until the text of the first element that `selector` names has every one of `parts`. */
async function text(selector, ...parts) {
  let last = '';
  const until = Date.now() + PATIENCE;
  while (Date.now() < until) {
    const elements = await page.locator(selector).allTextContents();
    // the editor draws spaces as no-break spaces
    last = elements.join('\n').replaceAll('\u00a0', ' ');
    if (parts.every((part) => last.includes(part))) {
      return last;
    }
    await page.waitForTimeout(100);
  }
  throw new Error(`${selector} does not have ${parts.join(' and ')} within ${PATIENCE / 1000} s, but:\n${last}`);
}

const activeTab = (name) => page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();

async function open(path) {
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+p');
  await page.locator('.quick-input-widget input').waitFor();
  await page.keyboard.type(path);
  await text('.quick-input-list .monaco-list-row.focused', path.split('/').at(-1));
  await page.keyboard.press('Enter');
  await activeTab(path.split('/').at(-1));
  await page.locator('.monaco-editor .view-lines').first().waitFor();
}

/** The 1-based line and column of `part` in the line that has `line`, in a file of the repository. */
function placeOf(path, line, part) {
  const lines = readFileSync(join(repository, path), 'utf8').split('\n');
  const number = lines.findIndex((candidate) => candidate.includes(line));
  return [number + 1, lines[number].indexOf(part, lines[number].indexOf(line)) + 1];
}

async function goTo(line, column) {
  await page.keyboard.press('Control+g');
  await page.locator('.quick-input-widget input').waitFor();
  await page.keyboard.type(`${line}:${column}`);
  await text('.quick-input-list', `${line}`);
  await page.keyboard.press('Enter');
  await text('.statusbar-item#status\\.editor\\.selection', `Ln ${line}, Col ${column}`);
}

/** Runs a command of the palette by its title. */
async function command(title) {
  await page.keyboard.press('F1');
  await page.locator('.quick-input-widget input').waitFor();
  await page.keyboard.type(title);
  await text('.quick-input-list .monaco-list-row.focused', title);
  await page.keyboard.press('Enter');
}

const wishlist = 'states/webshop/wishlist.sls';

try {
  await check('the workbench opens', async () => {
    await page.goto(`${address}/?folder=${encodeURIComponent(repository)}`);
    await page.locator('.monaco-workbench').waitFor();
    await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor();
  });

  await check('an .sls file is Salt, and coloured', async () => {
    await open(wishlist);
    await text('.statusbar-item#status\\.editor\\.mode', 'Salt');
    const colours = await page.locator('.view-line span span').evaluateAll((spans) => new Set(spans.map((s) => s.className)).size);
    if (colours < 3) {
      throw new Error(`only ${colours} kinds of words`);
    }
  });

  await check('squiggles where develop took something away', async () => {
    // the include and the requisite are gone; the pillar key may still come from elsewhere
    await page.locator('.squiggly-error').nth(1).waitFor({ state: 'attached' });
    await page.locator('.squiggly-warning').first().waitFor({ state: 'attached' });
  });

  await check('drift in the problems panel', async () => {
    await page.keyboard.press('Control+Shift+m');
    await text('.markers-panel', "'postgres_pkg' required here was renamed to 'postgresql_package' on develop",
      "'monitoring.node_exporter'", 'webshop:db:host', 'drift/requisite-target-removed-upstream');
    await picture('drift');
    await page.keyboard.press('Control+j');
  });

  await check('F12 on a pillar key read through map.jinja opens the pillar', async () => {
    await open(wishlist);
    await goTo(...placeOf(wishlist, 'webshop.db.host', 'host }}'));
    await page.keyboard.press('F12');
    // the key is defined for production and for staging: VS Code shows both at once
    const shown = await text('.peekview-widget, .tab.active', 'init.sls');
    if (!shown.includes('staging.sls')) {
      await text('.editor-instance .view-lines', 'db1.prod.webshop.example');
    } else {
      await text('.peekview-widget .view-lines', 'host: db1.prod.webshop.example');
      await picture('definition');
      await page.locator('.peekview-widget .ref-tree .monaco-list-row', { hasText: 'db1.prod' }).first().dblclick();
    }
    await activeTab('init.sls');
    await text('.breadcrumbs-control', 'pillar', 'webshop', 'init.sls');
  });

  await check('hover shows the value that each profile has', async () => {
    await open(wishlist);
    await goTo(...placeOf(wishlist, 'webshop.db.host', 'host }}'));
    await page.keyboard.press('Control+k');
    await page.keyboard.press('Control+i');
    await text('.monaco-hover', 'db1.prod.webshop.example');
    await picture('hover');
    await page.keyboard.press('Escape');
  });

  await check('the status bar tells how far the branch is from develop', async () => {
    await open(wishlist);
    await text('.statusbar', 'develop ↓', '↑', '⚠');
  });

  await check('hover on a requisite: base, here and develop, and who did it', async () => {
    await goTo(...placeOf(wishlist, 'pkg: postgres_pkg', 'postgres_pkg'));
    await page.keyboard.press('Control+k');
    await page.keyboard.press('Control+i');
    await text('.monaco-hover', 'base', 'here', 'postgresql_package', 'Ada Example');
    await page.keyboard.press('Escape');
  });

  await check('above a state stands what develop did to it', async () => {
    await open('states/postgres/install.sls');
    await text('.codelens-decoration', "renamed to 'postgresql_package' on develop");
  });

  await check("a quick fix shows develop's version beside this one, read-only", async () => {
    await open(wishlist);
    await goTo(...placeOf(wishlist, 'pkg: postgres_pkg', 'postgres_pkg'));
    await page.keyboard.press('Control+.');
    await text('.action-widget', "Rename 'postgres_pkg' to 'postgresql_package'", "Show develop's version beside this one");
    await picture('fixes');
    await page.locator('.action-widget .monaco-list-row', { hasText: "Show develop's version" }).first().click();
    await text('.monaco-diff-editor .editor.original', 'postgresql_package');
    await text('.monaco-diff-editor .editor.modified', 'postgres_pkg');
    await picture('diff');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+F4');
  });

  await check('completion offers the targets of a requisite', async () => {
    await open(wishlist);
    await page.keyboard.press('Control+End');
    await page.keyboard.type('      - pkg: ');
    await page.keyboard.press('Control+Space');
    await text('.suggest-widget.visible', 'webshop_git', 'postgres_pkg');
    await page.waitForTimeout(500); // the widget settles
    await picture('completion');
    await page.keyboard.type('webshop_g');
    await text('.suggest-widget.visible .monaco-list-row.focused', 'webshop_git');
    await page.keyboard.press('Enter');
    await text('.editor-instance .view-lines', '- pkg: webshop_git');
  });

  await check('mending the requisite removes its finding, without saving', async () => {
    await page.keyboard.press('Control+Shift+m');
    await text('.markers-panel', 'drift/requisite-target-removed-upstream');
    await page.locator('.editor-instance .view-lines').first().click();
    const [line, column] = placeOf(wishlist, 'pkg: postgres_pkg', 'postgres_pkg');
    await goTo(line, column);
    await page.keyboard.press('Control+Shift+k'); // deletes the line
    const until = Date.now() + PATIENCE;
    while ((await page.locator('.markers-panel').innerText()).includes('requisite-target-removed-upstream')) {
      if (Date.now() > until) {
        throw new Error('the finding stays');
      }
      await page.waitForTimeout(100);
    }
    await page.keyboard.press('Control+z');
    await text('.markers-panel', 'drift/requisite-target-removed-upstream');
  });

  await check('a quick fix renames it everywhere on this branch', async () => {
    await open(wishlist);
    await goTo(...placeOf(wishlist, 'pkg: postgres_pkg', 'postgres_pkg'));
    await page.keyboard.press('Control+.');
    await page.locator('.action-widget .monaco-list-row', { hasText: "Rename 'postgres_pkg'" }).first().click();
    await text('.editor-instance .view-lines', 'pkg: postgresql_package');
    await page.keyboard.press('Control+Shift+m');
    const until = Date.now() + PATIENCE;
    while ((await page.locator('.markers-panel').innerText()).includes('requisite-target-removed-upstream')) {
      if (Date.now() > until) {
        throw new Error('the finding stays');
      }
      await page.waitForTimeout(100);
    }
  });

  await check('the drift view lists what develop removed, by kind', async () => {
    await page.keyboard.press('Escape');
    await command('Focus on Salt drift View');
    await text('.pane:has(.pane-header[aria-label^="Salt drift" i]) .monaco-list-row', 'include-removed-upstream', 'monitoring.node_exporter');
    await picture('drift-view');
  });

  await check('a killed server is started again', async () => {
    spawnSync('pkill', ['-9', '-f', `${SALTFLOW} lsp`]);
    await open(wishlist);
    await text('.statusbar', 'develop ↓');
  });

  await check('a missing server is said, with what to do', async () => {
    server('/nowhere/saltflow');
    await text('.notifications-toasts', "cannot start '/nowhere/saltflow'", 'saltflow.server.path');
    await picture('missing');
  });

  await check('a start that failed is mended by the setting, without a reload', async () => {
    server(SALTFLOW);
    await text('.statusbar', 'develop ↓');
  });
} finally {
  await browser.close();
  await endCode();
}
console.log(failures === 0 ? 'all passed' : `${failures} failed; pictures: ${PICTURES}`);
process.exit(failures === 0 ? 0 : 1);
