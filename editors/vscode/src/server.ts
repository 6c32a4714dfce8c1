// The language server: finds the binary, starts it, starts it again, and says what is wrong when it cannot.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CancellationToken, commands, LogOutputChannel, TextDocumentContentProvider, Uri, window, workspace } from 'vscode';
import { ClientCapabilities, State, StaticFeature } from 'vscode-languageclient';
import { LanguageClient, LanguageClientOptions, ServerOptions } from 'vscode-languageclient/node';

import { Status, StatusItem } from './status';

interface Content {
  text: string;
  languageId: string;
}

/** Tells the server what this client can do beyond LSP. */
const extensions: StaticFeature = {
  fillClientCapabilities(capabilities: ClientCapabilities): void {
    capabilities.experimental = { ...capabilities.experimental, saltflow: { documents: true, status: true, openDiff: true } };
  },
  initialize: () => {},
  getState: () => ({ kind: 'static' }),
  clear: () => {},
};

/** One language server for all folders of the window. */
export class Server {
  private client: LanguageClient | undefined;

  constructor(
    private readonly extensionPath: string,
    private readonly log: LogOutputChannel,
    private readonly status: StatusItem,
  ) {}

  /** Texts of `saltflow-git:` and `saltflow-page:` documents. */
  readonly documents: TextDocumentContentProvider = {
    provideTextDocumentContent: async (uri: Uri, token: CancellationToken): Promise<string> => {
      const content = await this.client?.sendRequest<Content | null>('saltflow/content', { uri: uri.toString() }, token);
      return content?.text ?? '';
    },
  };

  /** The program: the setting's, else the one that this extension brings, else the one on the PATH. */
  program(): string {
    const set = workspace.getConfiguration('saltflow').get<string>('server.path');
    if (set) {
      return set;
    }
    const name = process.platform === 'win32' ? 'saltflow.exe' : 'saltflow';
    const brought = join(this.extensionPath, 'server', name);
    return existsSync(brought) ? brought : 'saltflow';
  }

  /** Starts the server; a failure is shown with what can be done about it. */
  async start(): Promise<void> {
    const command = this.program();
    const server: ServerOptions = { command, args: ['lsp'] };
    const options: LanguageClientOptions = {
      documentSelector: [
        { scheme: 'file', language: 'sls' },
        { scheme: 'file', language: 'jinja' },
        { scheme: 'file', pattern: '**/*.{sls,jinja,j2}' },
        { scheme: 'file', pattern: '**/.saltflow.yaml' },
      ],
      synchronize: { configurationSection: 'saltflow' },
      outputChannel: this.log,
    };
    const client = new LanguageClient('saltflow', 'saltflow', server, options);
    this.client = client;
    client.registerFeature(extensions);
    client.onNotification('saltflow/status', (status: Status) => this.status.take(status));
    client.onDidChangeState((change) => {
      // after a crash the client starts it again a few times; what it knew is void until then
      if (change.newState === State.Stopped && this.client === client) {
        this.status.clear('stopped');
      } else if (change.newState === State.Running) {
        this.status.clear();
      }
    });
    try {
      await client.start();
    } catch (error) {
      this.log.error(String(error));
      this.status.clear('failed');
      void this.explain(command);
    }
  }

  /** Ends the server, if one runs. A client whose start failed cannot be stopped: it is dropped. */
  async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    try {
      await client?.stop();
    } catch (error) {
      this.log.warn(String(error));
    }
  }

  /** Ends the server and starts it again with the settings as they are now. */
  async restart(): Promise<void> {
    await this.stop();
    this.status.clear();
    await this.start();
  }

  private async explain(command: string): Promise<void> {
    const again = 'Try Again';
    const settings = 'Open Settings';
    const log = 'Show Log';
    const chosen = await window.showErrorMessage(
      `saltflow: cannot start '${command}'. Install saltflow, or set saltflow.server.path to the binary.`,
      again,
      settings,
      log,
    );
    if (chosen === again) {
      await this.restart();
    } else if (chosen === settings) {
      await commands.executeCommand('workbench.action.openSettings', 'saltflow.server.path');
    } else if (chosen === log) {
      this.log.show();
    }
  }
}
