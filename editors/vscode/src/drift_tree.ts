// The drift view: facts of `saltflow drift` by kind or by file; each opens at its place, side by side, or is ignored.

import { join } from 'node:path';
import {
  Disposable, EventEmitter, LogOutputChannel, MarkdownString, Range, ThemeColor, ThemeIcon, TreeDataProvider, TreeItem,
  TreeItemCollapsibleState, Uri, workspace,
} from 'vscode';

import { Server } from './server';
import { runTool } from './tool';

interface Fact {
  kind: string;
  severity: string;
  entity: { kind: string; name: string };
  path: string | null;
  range: [number, number, number, number] | null;
  message: string;
}

interface Group {
  label: string;
  facts: Fact[];
  folder: string;
}

/** A row: a group of facts, or one fact with the folder that its path counts from. */
export type Row = Group | { fact: Fact; folder: string };

const ICONS: Record<string, [string, string | undefined]> = {
  error: ['error', 'list.errorForeground'],
  warning: ['warning', 'list.warningForeground'],
  information: ['info', undefined],
  hint: ['lightbulb', undefined],
};

/** Facts worth showing, most severe first. */
const ORDER = ['error', 'warning', 'information', 'hint'];

export class DriftTree implements TreeDataProvider<Row>, Disposable {
  private readonly changed = new EventEmitter<void>();
  private by: 'kind' | 'file' = 'kind';

  /** Asks for the rows again. */
  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly server: Server, private readonly log: LogOutputChannel) {}

  dispose(): void {
    this.changed.dispose();
  }

  /** Reads the facts anew. */
  refresh(): void {
    this.changed.fire();
  }

  /** Groups by kind or by file. */
  group(by: 'kind' | 'file'): void {
    this.by = by;
    this.refresh();
  }

  async getChildren(row?: Row): Promise<Row[]> {
    if (row) {
      return 'facts' in row ? row.facts.map((fact) => ({ fact, folder: row.folder })) : [];
    }
    const groups: Group[] = [];
    for (const { uri } of workspace.workspaceFolders ?? []) {
      groups.push(...(await this.groupsOf(uri.fsPath)));
    }
    return groups;
  }

  getTreeItem(row: Row): TreeItem {
    if ('facts' in row) {
      const item = new TreeItem(row.label, TreeItemCollapsibleState.Expanded);
      item.description = String(row.facts.length);
      item.contextValue = 'group';
      return item;
    }
    const { fact, folder } = row;
    const item = new TreeItem(this.by === 'kind' ? fact.entity.name : fact.kind);
    item.description = this.by === 'kind' ? (fact.path ?? '') : fact.entity.name;
    item.tooltip = new MarkdownString().appendText(fact.message);
    const [icon, colour] = ICONS[fact.severity] ?? ['circle-outline', undefined];
    item.iconPath = new ThemeIcon(icon, colour ? new ThemeColor(colour) : undefined);
    item.contextValue = fact.path ? 'fact' : 'fact-nowhere';
    if (fact.path) {
      const [line, column, endLine, endColumn] = fact.range ?? [0, 0, 0, 0];
      item.resourceUri = undefined;
      item.command = {
        command: 'vscode.open',
        title: 'Open',
        arguments: [Uri.file(join(folder, fact.path)), { selection: new Range(line, column, endLine, endColumn) }],
      };
    }
    return item;
  }

  private async groupsOf(folder: string): Promise<Group[]> {
    let facts: Fact[];
    try {
      facts = JSON.parse(await runTool(this.server.program(), folder, ['drift', '--format', 'json'])).facts ?? [];
    } catch (error) {
      this.log.info(`drift of ${folder}: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
    const shown = facts.filter((fact) => ORDER.includes(fact.severity));
    shown.sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
    const groups = new Map<string, Fact[]>();
    for (const fact of shown) {
      const label = this.by === 'kind' ? fact.kind : (fact.path ?? 'the whole repository');
      groups.set(label, [...(groups.get(label) ?? []), fact]);
    }
    return [...groups].map(([label, members]) => ({ label, facts: members, folder }));
  }
}
