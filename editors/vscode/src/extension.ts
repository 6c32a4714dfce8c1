// Starts the server. Features come over LSP; what goes beyond it is in docs/lsp-extensions.md: the status,
// read-only documents of the base branch's version, and showing both versions side by side.

import {
  CancellationToken,
  commands,
  ExtensionContext,
  LogOutputChannel,
  StatusBarAlignment,
  StatusBarItem,
  TextDocumentContentProvider,
  Uri,
  window,
  workspace,
} from 'vscode';
import { ClientCapabilities, StaticFeature } from 'vscode-languageclient';
import { LanguageClient, LanguageClientOptions, ServerOptions } from 'vscode-languageclient/node';

interface Status {
  root: string | null;
  text: string;
  tooltip: string;
  errors: number;
}

interface Content {
  text: string;
  languageId: string;
}

let client: LanguageClient | undefined;
let log: LogOutputChannel;
let item: StatusBarItem;
const statuses = new Map<string, Status>();

/** Tells the server what this client can do beyond LSP. */
const extensions: StaticFeature = {
  fillClientCapabilities(capabilities: ClientCapabilities): void {
    capabilities.experimental = { ...capabilities.experimental, saltflow: { documents: true, status: true, openDiff: true } };
  },
  initialize: () => {},
  getState: () => ({ kind: 'static' }),
  clear: () => {},
};

const documents: TextDocumentContentProvider = {
  async provideTextDocumentContent(uri: Uri, token: CancellationToken): Promise<string> {
    const content = await client?.sendRequest<Content | null>('saltflow/content', { uri: uri.toString() }, token);
    return content?.text ?? '';
  },
};

export async function activate(context: ExtensionContext): Promise<void> {
  log = window.createOutputChannel('saltflow', { log: true });
  item = window.createStatusBarItem('saltflow.drift', StatusBarAlignment.Left, 10);
  item.name = 'saltflow: drift';
  item.command = 'workbench.actions.view.problems';
  context.subscriptions.push(
    log,
    item,
    commands.registerCommand('saltflow.restart', restart),
    commands.registerCommand('saltflow.showLog', () => log.show()),
    commands.registerCommand('saltflow.openDiff', openDiff),
    workspace.registerTextDocumentContentProvider('saltflow-git', documents),
    workspace.registerTextDocumentContentProvider('saltflow-page', documents),
    window.onDidChangeActiveTextEditor(showStatus),
    workspace.onDidChangeConfiguration(async (change) => {
      if (change.affectsConfiguration('saltflow.server.path')) {
        await restart();
      }
    }),
  );
  await start();
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}

async function openDiff(versions?: { left: string; right: string; title: string }): Promise<void> {
  if (versions) {
    await commands.executeCommand('vscode.diff', Uri.parse(versions.left), Uri.parse(versions.right), versions.title);
  }
}

/** Shows the status of the workspace that the active editor's file lies in, else the first one. */
function showStatus(): void {
  const here = window.activeTextEditor?.document.uri.toString() ?? '';
  const roots = [...statuses.keys()].sort((a, b) => b.length - a.length);
  const root = roots.find((candidate) => here.startsWith(`${candidate}/`)) ?? roots.at(-1);
  const status = root === undefined ? undefined : statuses.get(root);
  if (!status?.text) {
    item.hide();
    return;
  }
  item.text = `$(git-compare) ${status.text}`;
  item.tooltip = status.tooltip;
  item.show();
}

async function restart(): Promise<void> {
  await client?.stop();
  client = undefined;
  statuses.clear();
  showStatus();
  await start();
}

async function start(): Promise<void> {
  const command = workspace.getConfiguration('saltflow').get<string>('server.path') || 'saltflow';
  const server: ServerOptions = { command, args: ['lsp'] };
  const options: LanguageClientOptions = {
    documentSelector: [
      { scheme: 'file', language: 'sls' },
      { scheme: 'file', pattern: '**/*.{sls,jinja,j2}' },
    ],
    synchronize: { configurationSection: 'saltflow' },
    outputChannel: log,
  };
  client = new LanguageClient('saltflow', 'saltflow', server, options);
  client.registerFeature(extensions);
  client.onNotification('saltflow/status', (status: Status) => {
    statuses.set(Uri.parse(status.root ?? '').toString(), status);
    showStatus();
  });
  try {
    await client.start();
  } catch (error) {
    log.error(String(error));
    void window.showErrorMessage(
      `saltflow: cannot start '${command}'. Install it, or set saltflow.server.path to the binary.`,
    );
  }
}
