import { titleOf, type NamedObject } from './title.ts';

/** The worst first. */
export const SEVERITIES = ['error', 'warning', 'notice'] as const;

export type Severity = (typeof SEVERITIES)[number];

/** Something that a person should know before or after a change. Errors refuse the write. */
export interface Finding {
  /** Stable, kebab-case: `no-ready-pod`. */
  readonly code: string;
  readonly severity: Severity;
  /** What would go wrong, and what to do. */
  readonly message: string;
  /** `VirtualService shop/api`, or null where it is about no object. */
  readonly object: string | null;
  /** The input `force` turns this error into a warning. */
  readonly forceable: boolean;
}

/** What a step of a plan makes, and what a person should know of it. */
export interface WithFindings<T> {
  readonly value: T;
  readonly findings: readonly Finding[];
}

/** A finding about an object, or about none. */
export function finding(
  code: string,
  severity: Severity,
  message: string,
  object: NamedObject | null = null,
  forceable = false,
): Finding {
  return { code, severity, message, object: object && titleOf(object), forceable };
}
