/** What a door hands to `run`. */
import type { Probe } from '../intent/probe.ts';
import type { ConfirmMode, OnFailure, Place } from '../intent/types.ts';
import type { RequestedIntent } from './index.ts';

/** All that a door hands to `run`: what is asked for, where, and how to write. */
export interface Request {
  readonly intent: RequestedIntent;
  readonly place: Place;
  /** Absent: the kubeconfig context's, else `default`. */
  readonly namespace?: string;
  /** Of the cluster; absent: as hosts that are spelled in full say it. */
  readonly clusterDomain?: string;
  readonly dryRun: boolean;
  readonly force: boolean;
  /** Milliseconds between the phases of a write, where the proxies can't be asked whether they have it. */
  readonly propagationWait: number;
  /** Who says that the proxies have what was written. */
  readonly confirm: ConfirmMode;
  /** Milliseconds that the proxies may take. */
  readonly confirmTimeout: number;
  /** Milliseconds to wait for a ready pod of the target subset; 0: fail at once. */
  readonly waitForPods: number;
  /** Absent: no address is asked whether the change is good. */
  readonly probe?: Probe;
  /** For the Action, which alone knows of later steps. */
  readonly onFailure: OnFailure;
  /** What to tell GitHub of the change; absent: GitHub is not called. */
  readonly github?: GithubPlaces;
}

/** Where on GitHub a change is told of. */
export interface GithubPlaces {
  /** In the comment of the pull request. */
  readonly comment: boolean;
  /** The environment of a deployment; null: none. */
  readonly environment: string | null;
}

export interface ParsedWords {
  readonly request: Request;
  /** Sentences about inputs that the operation does not use. */
  readonly warnings: readonly string[];
}
