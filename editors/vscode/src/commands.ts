// The palette's commands: the server's life, and documents that the command line tool writes.

import { relative } from 'node:path';
import { commands, Disposable, LogOutputChannel, ProgressLocation, QuickPickItem, Uri, ViewColumn, window, workspace } from 'vscode';

import { DriftTree } from './drift_tree';
import { Server } from './server';
import { runTool } from './tool';

/** The folder of the workspace that the active editor's file lies in, else the first one. */
function folderOf(uri?: Uri): string | undefined {
  const here = uri ?? window.activeTextEditor?.document.uri;
  return ((here && workspace.getWorkspaceFolder(here)) ?? workspace.workspaceFolders?.[0])?.uri.fsPath;
}

/** Registers all commands but `saltflow.openDiff`, which the server's lenses call. */
export function registerCommands(server: Server, drift: DriftTree, log: LogOutputChannel): Disposable[] {
  /** Runs the tool with a progress notification and shows its answer, or its own words about why not. */
  const show = async (title: string, args: string[], languageId: string, preview = false): Promise<void> => {
    const folder = folderOf();
    if (!folder) {
      void window.showInformationMessage('saltflow: open the folder of a Salt repository first.');
      return;
    }
    try {
      const work = () => runTool(server.program(), folder, args);
      const text = await window.withProgress({ location: ProgressLocation.Notification, title: `saltflow: ${title}` }, work);
      const document = await workspace.openTextDocument({ content: text, language: languageId });
      if (preview) {
        await commands.executeCommand('markdown.showPreview', document.uri);
      } else {
        await window.showTextDocument(document, { preview: true, viewColumn: ViewColumn.Beside });
      }
    } catch (error) {
      log.error(String(error));
      void window.showErrorMessage(`saltflow: ${error instanceof Error ? error.message : String(error)}`);
    }
  };

  /** The SLS name of the active editor's file: the index has it. */
  const activeSls = async (): Promise<string | undefined> => {
    const uri = window.activeTextEditor?.document.uri;
    const folder = folderOf(uri);
    if (!uri || !folder) {
      return undefined;
    }
    const path = relative(folder, uri.fsPath).replaceAll('\\', '/');
    const index = JSON.parse(await runTool(server.program(), folder, ['index', '--format', 'json']));
    const entities: { kind: string; role: string; path: string; name: string }[] = index.entities ?? [];
    return entities.find((entity) => entity.kind === 'sls' && entity.role === 'definition' && entity.path === path)?.name;
  };

  const pickProfile = async (): Promise<void> => {
    const files = await workspace.findFiles('**/{minions,profiles}/*.{json,yaml,yml}', '**/node_modules/**', 500);
    const configuration = workspace.getConfiguration('saltflow');
    const chosen = new Set(configuration.get<string[]>('profiles') ?? []);
    const items: QuickPickItem[] = files.map((file) => {
      const label = workspace.asRelativePath(file, false);
      return { label, picked: chosen.has(label) };
    });
    if (items.length === 0) {
      void window.showInformationMessage('saltflow: there is no file in a folder `minions` or `profiles`. See `saltflow profile record`.');
      return;
    }
    const picked = await window.showQuickPick(items, { canPickMany: true, title: 'Minion profiles' });
    if (picked) {
      await configuration.update('profiles', picked.map((item) => item.label));
    }
  };

  return [
    commands.registerCommand('saltflow.restart', () => server.restart()),
    commands.registerCommand('saltflow.showLog', () => log.show()),
    commands.registerCommand('saltflow.refreshDrift', () => drift.refresh()),
    commands.registerCommand('saltflow.groupDriftByKind', () => drift.group('kind')),
    commands.registerCommand('saltflow.groupDriftByFile', () => drift.group('file')),
    commands.registerCommand('saltflow.plan', () => show('plan of the merge', ['plan', '--format', 'markdown'], 'markdown', true)),
    commands.registerCommand('saltflow.doctor', () => show('doctor', ['doctor'], 'plaintext')),
    commands.registerCommand('saltflow.pickProfile', pickProfile),
    commands.registerCommand('saltflow.showRendered', async () => {
      const sls = await activeSls().catch(() => undefined);
      if (sls) {
        await show(`what ${sls} renders to`, ['show', sls, '--merged'], 'yaml');
      } else {
        void window.showInformationMessage('saltflow: this file is no SLS below the state roots.');
      }
    }),
  ];
}
