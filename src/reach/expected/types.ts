/** What the guard allows: said in requests, before and after, and not in routes to write. */
import type { HttpRequest } from '../../istio/requests/request.ts';
import type { ListedRoute } from '../../istio/requests/kept-routes.ts';
import type { Match, RouteKind, VirtualService } from '../../istio/types.ts';
import type { AnswerShare } from '../answers.ts';
import type { Asked } from '../asking.ts';
import type { Taken } from '../listed.ts';
import type { WrongPreview } from './previews.ts';

/** Something that a request may get. */
export type Expected =
  /** Just what this route gives; undefined: no route. */
  | { readonly kind: 'as'; readonly listed: Taken }
  /** Treated as by this route, and split so. */
  | {
      readonly kind: 'shares';
      readonly like: ListedRoute;
      readonly shares: readonly AnswerShare[];
      /** Percentage points that weights may be off by rounding. */
      readonly tolerance: number;
      /** Hosts and ports may be spelled otherwise: somebody else has written the list meanwhile. */
      readonly isLoose?: true;
      /** What these get together is exact. */
      readonly exact?: { readonly isIn: IsBuild; readonly share: number };
    }
  /** Treated as by this route, and sent to these alone, by entries that say nothing else or what these say. */
  | {
      readonly kind: 'alone';
      readonly like: ListedRoute;
      readonly name: string;
      readonly isIn: IsBuild;
      /** What an entry of a destination may say besides (`AnswerShare.entry`): headers that are set for it alone. */
      readonly entries: ReadonlySet<string>;
    }
  /** Sent to hosts that the VirtualService sends to already: which of them, its record says. */
  | { readonly kind: 'known-hosts'; readonly hosts: ReadonlySet<string> };

/** Of a build? The host is resolved; null: the whole service. */
export type IsBuild = (host: string, subset: string | null) => boolean;

export interface Allowed {
  /** At least one; the first is what is best. */
  readonly answers: readonly Expected[];
  /** The request is one of those that the operation was asked to do something for. */
  readonly isAsked: boolean;
}

/** Requests that the operation is about: what they get is judged even where nothing changes for them. */
export interface AboutClass {
  /** They match all of these. */
  readonly blocks: readonly Match[];
  /** The route that is first for them, of `among`; absent: whichever is. */
  readonly first?: ListedRoute;
  /** `all`: the routes before the change; `written`: those without our previews; `after`: the routes after the change. */
  readonly among: 'all' | 'written' | 'after';
  /** The route that they are of, for a person. */
  readonly route: ListedRoute;
  /** They were asked about: some of them have to feel the change. */
  readonly isAsked: boolean;
}

/** What one operation may do. */
export interface GuardRule {
  /** Is the operation about this VirtualService at all? It may write no other. */
  readonly isMeant: (virtualService: VirtualService) => boolean;
  /** What a request may get after the change. */
  readonly allowed: (request: HttpRequest, before: Asked) => Allowed;
  /** Of one list of the VirtualService by itself. */
  readonly about: (before: Asked, after: Asked) => readonly AboutClass[];
  /** What a route that a person wrote may give after the change, to whomever it accepts. */
  readonly ofRoute: (virtualService: VirtualService, kind: RouteKind, index: number) => readonly Expected[];
  /** Previews of a VirtualService that are not as the operation leaves them. */
  readonly wrongPreviews: (before: VirtualService, after: VirtualService) => readonly WrongPreview[];
  /** Of `headers`: requests that get the build by another route lose nothing. */
  readonly isTarget?: IsBuild;
  /** Of `undo`: whoever feels the change was asked about, not only who gets a preview again. */
  readonly isAboutAll?: true;
  /** The code of the refusal where no asked request would get what was asked; null: none has to. */
  readonly mustReach: 'preview-unreachable' | 'weight-unreachable' | null;
}
