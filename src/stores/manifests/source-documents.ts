/** A file's text as its documents. Each is parsed once, however many look for something in it. */
import { lazy } from '../../base/memoized.ts';
import { BYTE_ORDER_MARK, parse, splitDocuments, type ParsedYaml } from '../../yaml/index.ts';

export interface SourceDocument {
  /** A byte order mark in front of it, which is no part of it; mostly empty. */
  readonly mark: string;
  readonly text: string;
  /** Where `text` starts in the file's text. */
  readonly start: number;
  readonly parsed: () => ParsedYaml;
}

export interface FileWithDocuments {
  readonly text: string;
  readonly documents: () => readonly SourceDocument[];
}

/** A file with its documents, which are split when they are first wanted: most files name nothing of istiops. */
export function withDocuments<File extends { readonly text: string }>(file: File): File & FileWithDocuments {
  return { ...file, documents: lazy(() => documentsIn(file.text)) };
}

function documentsIn(text: string): readonly SourceDocument[] {
  let end = 0;
  return splitDocuments(text).map((slice) => {
    const mark = slice.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : '';
    const body = slice.slice(mark.length);
    const start = end + mark.length;
    end += slice.length;
    return { mark, text: body, start, parsed: lazy(() => parse(body)) };
  });
}
