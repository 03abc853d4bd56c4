import { stripVTControlCharacters } from 'node:util';

/** A line of what `act --json` prints. */
export interface ActLine {
  readonly text: string;
  /** Empty: of no job. */
  readonly job: string;
  readonly step: string | undefined;
  readonly stage: 'Pre' | 'Main' | 'Post' | undefined;
  /** Printed by the step itself. */
  readonly isOutput: boolean;
  readonly jobResult: Result | undefined;
  readonly stepResult: Result | undefined;
  readonly output: readonly [string, string] | undefined;
  readonly summary: string | undefined;
  /** Milliseconds; 0 but where a step ends. */
  readonly took: number;
}

type Result = 'success' | 'failure' | 'skipped';

/** The fields as act v0.2 writes them (pkg/runner/logger.go, step.go, command.go). */
interface Written {
  readonly msg?: string;
  readonly jobID?: string;
  readonly stepID?: readonly string[];
  readonly stage?: 'Pre' | 'Main' | 'Post';
  readonly raw_output?: boolean;
  readonly jobResult?: Result;
  readonly stepResult?: Result;
  readonly command?: string;
  readonly name?: string;
  readonly arg?: string;
  readonly content?: string;
  /** Nanoseconds. */
  readonly executionTime?: number;
}

export function readLine(line: string): ActLine {
  const written = parsed(line);
  const { command, name = '', arg = '' } = written;
  return {
    // Steps have a terminal, so they may colour what they print.
    text: stripVTControlCharacters(written.msg ?? '').trimEnd(),
    job: written.jobID ?? '',
    step: written.stepID?.[0],
    stage: written.stage,
    isOutput: written.raw_output === true,
    jobResult: written.jobResult,
    stepResult: written.executionTime === undefined ? undefined : written.stepResult,
    output: command === 'set-output' ? [name, arg] : undefined,
    summary: command === 'summary' ? (written.content ?? '') : undefined,
    took: (written.executionTime ?? 0) / 1e6,
  };
}

function parsed(line: string): Written {
  try {
    return JSON.parse(line) as Written;
  } catch {
    return { msg: line };
  }
}

/** As a person would read it: without outputs and summaries, which come apart. */
export function onlyText({ text, job, isOutput, output, summary }: ActLine): readonly string[] {
  if (output !== undefined || summary !== undefined) return [];
  return [job === '' ? text : `[${job}] ${isOutput ? '  | ' : ''}${text}`];
}
