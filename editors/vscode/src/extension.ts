// What the editor starts: registers everything once and starts the server. Features come over LSP; what goes beyond it is
// in docs/lsp-extensions.md. No logic of Salt or git is here.

import { commands, ExtensionContext, Uri, window, workspace } from 'vscode';

import { registerCommands } from './commands';
import { DriftTree } from './drift_tree';
import { Server } from './server';
import { StatusItem } from './status';

let server: Server | undefined;

/** Called by the editor once one of the activation events happens. */
export async function activate(context: ExtensionContext): Promise<void> {
  const log = window.createOutputChannel('saltflow', { log: true });
  const status = new StatusItem();
  const running = new Server(context.extensionPath, log, status);
  server = running;
  const drift = new DriftTree(running, log);
  context.subscriptions.push(
    log,
    status,
    drift,
    window.createTreeView('saltflow.drift', { treeDataProvider: drift, showCollapseAll: true }),
    ...registerCommands(running, drift, log),
    workspace.registerTextDocumentContentProvider('saltflow-git', running.documents),
    workspace.registerTextDocumentContentProvider('saltflow-page', running.documents),
    window.onDidChangeActiveTextEditor(() => status.show()),
    status.onDidChange(() => drift.refresh()),
    workspace.onDidChangeConfiguration(async (change) => {
      if (change.affectsConfiguration('saltflow.server.path')) {
        await running.restart();
      }
    }),
    commands.registerCommand('saltflow.openDiff', async (versions?: { left: string; right: string; title: string }) => {
      if (versions) {
        await commands.executeCommand('vscode.diff', Uri.parse(versions.left), Uri.parse(versions.right), versions.title);
      }
    }),
  );
  await running.start();
}

/** Called by the editor before it ends. */
export async function deactivate(): Promise<void> {
  await server?.stop();
}
