// Starts the server and nothing else: every feature comes over LSP.

import { commands, ExtensionContext, LogOutputChannel, window, workspace } from 'vscode';
import { LanguageClient, LanguageClientOptions, ServerOptions } from 'vscode-languageclient/node';

let client: LanguageClient | undefined;
let log: LogOutputChannel;

export async function activate(context: ExtensionContext): Promise<void> {
  log = window.createOutputChannel('saltflow', { log: true });
  context.subscriptions.push(
    log,
    commands.registerCommand('saltflow.restart', restart),
    commands.registerCommand('saltflow.showLog', () => log.show()),
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

async function restart(): Promise<void> {
  await client?.stop();
  client = undefined;
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
  try {
    await client.start();
  } catch (error) {
    log.error(String(error));
    void window.showErrorMessage(
      `saltflow: cannot start '${command}'. Install it, or set saltflow.server.path to the binary.`,
    );
  }
}
