// The status bar item: the base branch, how far it is, what a merge would break; and the state of the server.

import { Disposable, EventEmitter, StatusBarAlignment, StatusBarItem, ThemeColor, Uri, window } from 'vscode';

/** `saltflow/status` (docs/lsp-extensions.md). */
export interface Status {
  root: string | null;
  text: string;
  tooltip: string;
  errors: number;
}

/** Statuses of all workspaces; shows that of the active editor's. */
export class StatusItem implements Disposable {
  private readonly item: StatusBarItem;
  private readonly statuses = new Map<string, Status>();
  private readonly changed = new EventEmitter<void>();
  private trouble: 'stopped' | 'failed' | undefined;

  /** Told whenever a workspace's status changes. */
  readonly onDidChange = this.changed.event;

  constructor() {
    this.item = window.createStatusBarItem('saltflow.drift', StatusBarAlignment.Left, 10);
    this.item.name = 'saltflow: drift';
  }

  dispose(): void {
    this.item.dispose();
    this.changed.dispose();
  }

  /** Takes what the server says of one workspace. */
  take(status: Status): void {
    this.trouble = undefined;
    this.statuses.set(Uri.parse(status.root ?? '').toString(), status);
    this.show();
    this.changed.fire();
  }

  /** Forgets all statuses; `trouble` says that no server runs. */
  clear(trouble?: 'stopped' | 'failed'): void {
    this.trouble = trouble;
    this.statuses.clear();
    this.show();
    this.changed.fire();
  }

  /** Shows the status of the workspace that the active editor's file lies in, else the first one. */
  show(): void {
    if (this.trouble) {
      this.item.text = '$(warning) saltflow';
      this.item.tooltip = this.trouble === 'failed' ? 'saltflow could not be started: click to try again' : 'saltflow has stopped: click to start it again';
      this.item.backgroundColor = new ThemeColor('statusBarItem.warningBackground');
      this.item.command = 'saltflow.restart';
      this.item.show();
      return;
    }
    this.item.backgroundColor = undefined;
    this.item.command = 'saltflow.drift.focus';
    const here = window.activeTextEditor?.document.uri.toString() ?? '';
    const roots = [...this.statuses.keys()].sort((a, b) => b.length - a.length);
    const root = roots.find((candidate) => here.startsWith(`${candidate}/`)) ?? roots.at(-1);
    const status = root === undefined ? undefined : this.statuses.get(root);
    if (!status?.text) {
      this.item.hide();
      return;
    }
    this.item.text = `$(git-compare) ${status.text}`;
    this.item.tooltip = status.tooltip;
    this.item.show();
  }
}
