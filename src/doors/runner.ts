/**
 * The one way from this process to GitHub's runner: inputs, outputs, state, summary, and the log. Everything that is
 * printed passes the redactor, and no text of others is a workflow command. Printing never throws: the step must not
 * fail for its log after it has changed traffic.
 */
import * as core from '@actions/core';
import type { Log } from '../ports/collaborators.ts';
import { TrafficError, faultText } from '../base/errors.ts';
import { printable } from '../base/log-text.ts';
import type { Redactor } from '../base/redactor.ts';
import type { Annotation } from '../report/annotations.ts';
import { attempt, standardStreams, type TextForm } from './streams.ts';

/** Where an annotation stands, and what is above it. */
export type AnnotationPlace = Partial<Pick<Annotation, 'title' | 'file' | 'line' | 'column'>>;

export interface RunnerLog extends Log {
  readonly info: (text: string, form?: TextForm) => void;
  /** An annotation each. */
  readonly notice: (text: string, title?: string) => void;
  readonly warning: (text: string, at?: AnnotationPlace) => void;
  readonly error: (text: string, at?: AnnotationPlace) => void;
  /** Prints an error and makes the step fail. */
  readonly fail: (text: string, title?: string) => void;
  /** Lines that are folded away below a title. */
  readonly folded: (title: string, text: string, form?: TextForm) => void;
}

/** @param redactor knows the secrets; one that it learns later is removed from later lines */
export function runnerLog(redactor: Redactor): RunnerLog {
  const { out } = standardStreams(redactor);
  const safe = (text: string): string => printable(redactor.redact(text));
  const properties = ({ title, file, line, column }: AnnotationPlace): core.AnnotationProperties => ({
    ...(title !== undefined && { title: safe(title) }),
    ...(file !== undefined && { file: safe(file) }),
    ...(line !== undefined && { startLine: line }),
    ...(column !== undefined && { startColumn: column }),
  });
  const log = {
    info: (text: string, form: TextForm = 'plain'): void => {
      out(`${text}\n`, form);
    },
    notice: (text: string, title?: string): void => {
      attempt(() => {
        core.notice(safe(text), properties({ ...(title !== undefined && { title }) }));
      });
    },
    warning: (text: string, at: AnnotationPlace = {}): void => {
      attempt(() => {
        core.warning(safe(text), properties(at));
      });
    },
    error: (text: string, at: AnnotationPlace = {}): void => {
      attempt(() => {
        core.error(safe(text), properties(at));
      });
    },
    fail: (text: string, title?: string): void => {
      process.exitCode = 1;
      log.error(text, { ...(title !== undefined && { title }) });
    },
    folded: (title: string, text: string, form: TextForm = 'plain'): void => {
      begin(title);
      log.info(text, form);
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

/** An input as it was given; undefined where the runner has handed on none of this name. */
export function inputText(name: string): string | undefined {
  const isThere = process.env[`INPUT_${name.toUpperCase()}`] !== undefined;
  return isThere ? core.getInput(name, { trimWhitespace: false }) : undefined;
}

/** Names of all inputs that the runner has handed on: those of the workflow, whether the action has them or not. */
export function handedOnNames(): readonly string[] {
  return Object.keys(process.env).flatMap((name) =>
    name.startsWith('INPUT_') ? [name.slice('INPUT_'.length).toLowerCase()] : [],
  );
}

/**
 * Nothing where the runner gives no file to write to: what it had before files is a command in the log.
 *
 * @throws Error where the runner's file can't be written
 */
export function setOutputs(outputs: Readonly<Record<string, string>>): void {
  if (!process.env['GITHUB_OUTPUT']) return;
  for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value);
}

/** What an earlier step of this action has saved; empty where it has not. */
export function savedState(name: string): string {
  return core.getState(name);
}

/**
 * Nothing where the runner gives no file to write to: then there is no post step either.
 *
 * @throws TrafficError internal: the runner's file can't be written
 */
export function saveState(name: string, value: string): void {
  if (!process.env['GITHUB_STATE']) return;
  try {
    core.saveState(name, value);
  } catch (thrown) {
    throw new TrafficError(
      'internal',
      `What the post step needs can't be kept (${faultText(thrown)}), so nothing was changed. GITHUB_STATE names the file.`,
      { cause: thrown },
    );
  }
}

/** @throws Error where the runner's file can't be written, or is full */
export async function writeSummary(markdown: string): Promise<void> {
  await core.summary.addRaw(markdown).write();
}
