import type { Outcome } from './types.ts';

/** A link that opens a preview in a browser, and the one that ends it. */
export interface PreviewLink {
  readonly url: string;
  readonly off: string;
  /** As a sentence without its end: what the link is for. */
  readonly sentence: string;
}

/** Null where there is none, or where it isn't there yet. */
export function previewLinkOf({ previewUrl, dryRun, failure, asked }: Outcome): PreviewLink | null {
  if (previewUrl === undefined || dryRun || failure !== null) return null;
  // A host of somebody's YAML may be anything.
  if (!isPreviewAddress(previewUrl)) return null;
  const off = previewUrl.replace(/[^/]+$/, 'off');
  const sentence =
    asked?.manifests == null
      ? 'This link opens the preview in a browser'
      : 'Once the files are applied, this link opens the preview in a browser';
  return { url: previewUrl, off, sentence };
}

/** Is it an address, and nothing that Markdown or a terminal would read as more? */
export function isPreviewAddress(text: string): boolean {
  return /^https?:\/\/[\w.-]+(?::\d+)?\/[\w./~-]+$/.test(text);
}
