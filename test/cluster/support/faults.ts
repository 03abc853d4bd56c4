import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What can be done to one request. */
export interface Exchange {
  /** The server carries it out. */
  readonly forward: () => Promise<Answer>;
  readonly reply: (answer: Answer) => void;
  /** Sends the beginning of an answer. */
  readonly begin: (answer: Answer, part: Buffer) => Promise<void>;
  /** Ends the connection, and with it the other requests on it. */
  readonly breakOff: () => void;
  /** Ends this request; on HTTP/2 the others on the connection go on. */
  readonly reset: () => void;
  /** Ends all connections and takes no more. */
  readonly vanish: () => void;
  /** Milliseconds. */
  readonly delay: number;
}

export type Effect = (exchange: Exchange) => Promise<void> | void;

/** What passes, and a tool should get over: at most one request is hit, and the next try goes through. */
const PASSING = {
  /** The connection breaks off before the server has the request. */
  dropped: ({ breakOff }) => {
    breakOff();
  },
  /** The server has carried it out, and the connection breaks off before the answer. */
  lost: async ({ forward, breakOff }) => {
    await forward();
    breakOff();
  },
  reset: async ({ forward, reset }) => {
    await forward();
    reset();
  },
  /** Half of the answer, then the connection breaks off. */
  cut: async ({ forward, begin, breakOff }) => {
    const answer = await forward();
    await begin(answer, half(answer.body));
    breakOff();
  },
  /** Half of the answer, as if that were all of it. */
  halved: async ({ forward, reply }) => {
    const answer = await forward();
    const { 'content-length': _, ...headers } = answer.headers;
    reply({ ...answer, headers, body: half(answer.body) });
  },
  /** The server has it late, but sooner than the tool gives up waiting. */
  delayed: async ({ forward, reply, delay }) => {
    await sleep(delay);
    reply(await forward());
  },
  'doubled, first answer': async ({ forward, reply }) => {
    const first = await forward();
    await forward();
    reply(first);
  },
  /** As by a gateway that lost the first answer and asked again. */
  'doubled, second answer': async ({ forward, reply }) => {
    await forward();
    reply(await forward());
  },
} as const satisfies Record<string, Effect>;

/** What lasts: nobody answers any more. */
const LASTING = {
  'gone before it': ({ vanish }) => {
    vanish();
  },
  'gone after it': async ({ forward, vanish }) => {
    await forward();
    vanish();
  },
} as const satisfies Record<string, Effect>;

export const EFFECTS: Readonly<Record<Fault, Effect>> = { ...PASSING, ...LASTING };

export type Fault = keyof typeof PASSING | keyof typeof LASTING;

export const PASSING_FAULTS = Object.keys(PASSING) as readonly (keyof typeof PASSING)[];
export const LASTING_FAULTS = Object.keys(LASTING) as readonly (keyof typeof LASTING)[];

/** A request that the proxy holds until the test has done what it wanted to. */
export interface Held {
  /** It goes on its way, whether or not anybody waits for the answer; resolves once the server has answered. */
  forward(): Promise<void>;
  /** The server never gets it. */
  drop(): void;
}

/** Stops a request until the test lets it go. */
export function held(tell: (held: Held) => void): Effect {
  return async ({ forward, reply, breakOff }) => {
    const goesOn = Promise.withResolvers<boolean>();
    const answered = Promise.withResolvers<undefined>();
    tell({
      forward: async () => {
        goesOn.resolve(true);
        await answered.promise;
      },
      drop: () => {
        goesOn.resolve(false);
      },
    });
    if (!(await goesOn.promise)) {
      breakOff();
      return;
    }
    const answer = await forward();
    answered.resolve(undefined);
    reply(answer);
  };
}

const half = (body: Buffer): Buffer => body.subarray(0, Math.floor(body.length / 2));
