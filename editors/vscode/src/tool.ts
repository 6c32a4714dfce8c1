// Runs the command line tool: the same binary as the server, for what is a document and no LSP answer.

import { execFile } from 'node:child_process';

/** How much of an answer is taken, in bytes. */
const LIMIT = 64 << 20;

/** What the tool printed. Status 1 (findings) is an answer; 2 is an error with the tool's own words. */
export function runTool(program: string, folder: string, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, maxBuffer: LIMIT, env: { ...process.env, NO_COLOR: '1' } };
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error && error.code !== 1) {
        reject(new Error(stderr.trim() || error.message));
      } else {
        resolve(stdout);
      }
    });
  });
}
