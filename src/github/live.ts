/** How a canary goes on, told now and then while it does: the comment and the deployment are its live view. */
import { elapsed } from '../base/elapsed.ts';
import type { Clock } from '../ports/collaborators.ts';
import type { Outcome } from '../report/types.ts';

/** What a canary does at this moment. */
export interface LiveStage {
  /** Of the change that the stage began with. */
  readonly outcome: Outcome;
  /** From 1. */
  readonly stage: number;
  /** How far it is: `stage 2 of 3, watched 1:30 of 5:00: good`. */
  readonly words: string;
}

/** Milliseconds between two writes of the comment: GitHub limits what a job may write in an hour. */
const PAUSE = 30_000;

export interface LiveSinks {
  readonly comment: (stage: LiveStage) => Promise<void>;
  /** Told of each stage once. */
  readonly deployment: (stage: LiveStage) => Promise<void>;
  /** No further try would go better. */
  readonly isRefused: (thrown: unknown) => boolean;
}

export interface LiveTelling {
  /** Returns at once. What comes while GitHub is being told, or too early, is left out: there is more to come. */
  readonly tell: (stage: LiveStage) => void;
  /** Nothing is told any more once it resolves. What went wrong is left to whoever tells of the end. */
  readonly stop: () => Promise<void>;
}

/** @param clock says when the comment was last written: it is written no more than once a pause */
export function liveTelling(clock: Pick<Clock, 'now'>, sinks: LiveSinks): LiveTelling {
  const comment = sink(sinks.comment, sinks.isRefused);
  const deployment = sink(sinks.deployment, sinks.isRefused);
  let isStopped = false;
  let toldAt = -Infinity;
  let toldStage = 0;
  return {
    tell: (stage) => {
      if (isStopped) return;
      const now = elapsed(clock);
      if (now - toldAt >= PAUSE && comment.offer(stage)) toldAt = now;
      if (stage.stage !== toldStage && deployment.offer(stage)) toldStage = stage.stage;
    },
    stop: async () => {
      isStopped = true;
      await Promise.all([comment.done(), deployment.done()]);
    },
  };
}

/** One call at a time. */
function sink(
  tell: (stage: LiveStage) => Promise<void>,
  isRefused: (thrown: unknown) => boolean,
): { readonly offer: (stage: LiveStage) => boolean; readonly done: () => Promise<void> } {
  let running: Promise<void> | undefined;
  let isClosed = false;
  const run = async (stage: LiveStage): Promise<void> => {
    try {
      await tell(stage);
    } catch (thrown) {
      isClosed = isRefused(thrown);
    }
  };
  return {
    offer: (stage) => {
      if (running !== undefined || isClosed) return false;
      running = run(stage).finally(() => {
        running = undefined;
      });
      return true;
    },
    done: async () => running,
  };
}
