/**
 * The one way from this process to GitHub's runner: inputs, outputs, state, summary, and the log. Everything that is
 * printed passes the redactor, and no text of others is a workflow command. Printing never throws: the step must not
 * fail for its log after it has changed traffic.
 */
import * as core from '@actions/core';
import type { Log } from '../ports/collaborators.ts';
import { printable } from '../base/log-text.ts';
import type { Redactor } from '../base/redactor.ts';
import { attempt, standardStreams } from './streams.ts';

export interface RunnerLog extends Log {
  readonly info: (text: string) => void;
  /** An annotation each. */
  readonly notice: (text: string) => void;
  readonly warning: (text: string) => void;
  /** Prints an error and makes the step fail. */
  readonly fail: (text: string) => void;
  /** Lines that are folded away below a title. */
  readonly folded: (title: string, text: string) => void;
}

export function runnerLog(redactor: Redactor): RunnerLog {
  const { out } = standardStreams(redactor);
  const safe = (text: string): string => printable(redactor.redact(text));
  const log = {
    info: (text: string): void => {
      out(`${text}\n`);
    },
    notice: (text: string): void => {
      attempt(() => {
        core.notice(safe(text));
      });
    },
    warning: (text: string): void => {
      attempt(() => {
        core.warning(safe(text));
      });
    },
    fail: (text: string): void => {
      process.exitCode = 1;
      attempt(() => {
        core.setFailed(safe(text));
      });
    },
    folded: (title: string, text: string): void => {
      begin(title);
      log.info(text);
      end();
    },
    group: async <T>(title: string, body: () => Promise<T>): Promise<T> => {
      begin(title);
      try {
        return await body();
      } finally {
        end();
      }
    },
  };
  const begin = (title: string): void => {
    attempt(() => {
      core.startGroup(safe(title));
    });
  };
  const end = (): void => {
    attempt(() => {
      core.endGroup();
    });
  };
  return log;
}

/** Has the runner take a text out of every log of this job. */
export function mask(secret: string): void {
  attempt(() => {
    core.setSecret(secret);
  });
}

/** An input as it was given. */
export function input(name: string): string {
  return core.getInput(name, { trimWhitespace: false });
}

/** @throws Error where the runner's file can't be written */
export function setOutputs(outputs: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value);
}

/** What an earlier step of this action has saved; empty where it has not. */
export function savedState(name: string): string {
  return core.getState(name);
}

/** @throws Error where the runner's file can't be written */
export function saveState(name: string, value: string): void {
  core.saveState(name, value);
}

/** @throws Error where the runner's file can't be written, or is full */
export async function writeSummary(markdown: string): Promise<void> {
  await core.summary.addRaw(markdown).write();
}
