/**
 * Where mutations can be planted in a source, and which: those of Stryker's mutators, and those of numbers and of
 * bits besides.
 *
 * @module
 */

/** One token, or one expression or statement, replaced by another. */
export interface Mutation {
  readonly file: string;
  /** Where what changes begins: from 1, as editors count. */
  readonly line: number;
  readonly column: number;
  /** On how many lines that stands. */
  readonly lines: number;
  /** What changes, without what stays the same around it. */
  readonly before: string;
  readonly after: string;
  /** Of those in its file that replace the same by the same, the number: from 0. */
  readonly nth: number;
  /** What is replaced in the text, and by what. */
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  /** The kind of it, by Stryker's names. */
  readonly mutator: string;
}

/** Texts are not mutated: what a message says is for those who read it, and what a code says is a type. */
const EXCLUDED = ["StringLiteral"];

/** A place in a text, as Stryker counts: from 0. */
interface Position {
  readonly line: number;
  readonly column: number;
}

/** What Stryker says of a mutation, as far as it is used here. */
interface StrykerMutant {
  readonly location: { readonly start: Position; readonly end: Position };
  readonly mutatorName: string;
  readonly replacement: string;
  readonly status?: string;
}

/** What Stryker shows to those who may have it ignore something: as far as it is used here. */
interface NodePath {
  readonly node: {
    readonly type: string;
    readonly start: number;
    readonly end: number;
    readonly operator?: string;
    readonly value?: unknown;
    readonly left?: { readonly end: number };
    readonly right?: { readonly start: number };
  };
  readonly parent?: { readonly type: string };
}

interface Instrumenter {
  instrument(
    files: readonly { name: string; mutate: boolean; content: string }[],
    options: {
      plugins: null;
      excludedMutations: readonly string[];
      ignorers: readonly { shouldIgnore(path: NodePath): undefined }[];
    },
  ): Promise<{ readonly mutants: readonly StrykerMutant[] }>;
}

/** Loads it when it is needed: whoever asks for help alone does not wait for it. */
async function instrumenter(): Promise<Instrumenter> {
  const { createInstrumenter } = await import("@stryker-mutator/instrumenter");
  const silent = () => {};
  const values: Record<string, unknown> = {
    logger: { debug: silent, info: silent, isDebugEnabled: () => false },
  };
  // What it is made of, it wants to be given.
  const injector = {
    provideValue(name: string, value: unknown) {
      values[name] = value;
      return injector;
    },
    injectClass(made: { new (...parts: unknown[]): Instrumenter; inject: readonly string[] }) {
      return new made(...made.inject.map((name) => values[name]));
    },
  };
  return (createInstrumenter as unknown as (from: typeof injector) => Instrumenter)(injector);
}

let made: Promise<Instrumenter> | undefined;

/** All mutations of a source, in the order of their places. */
export async function mutationsIn(file: string, source: string): Promise<readonly Mutation[]> {
  const found: Edit[] = [];
  const { instrument } = await (made ??= instrumenter().then((one) => ({
    instrument: one.instrument.bind(one),
  })));
  const { mutants } = await instrument([{ name: file, mutate: true, content: source }], {
    plugins: null,
    excludedMutations: EXCLUDED,
    // It ignores nothing, but sees each place.
    ignorers: [{
      shouldIgnore({ node, parent }) {
        found.push(...ofNumbers(node, parent?.type), ...ofBits(node, source));
        return undefined;
      },
    }],
  });
  const starts = lineStarts(source);
  const offsetOf = ({ line, column }: Position) => (starts[line] ?? 0) + column;
  for (const { location, mutatorName: mutator, replacement, status } of mutants) {
    if (status === "Ignored") continue;
    const [start, end] = [offsetOf(location.start), offsetOf(location.end)];
    // The compiler would refuse it: what returns something must.
    if (mutator === "BlockStatement" && /\breturn [^;]/.test(source.slice(start, end))) continue;
    found.push({ start, end, replacement, mutator });
  }
  return described(file, source, starts, found);
}

/** What is replaced, and by what. */
type Edit = Pick<Mutation, "start" | "end" | "replacement" | "mutator">;

/** Each number is one more. */
function* ofNumbers(
  { type, start, end, value }: NodePath["node"],
  parent?: string,
): Generator<Edit> {
  if (type !== "NumericLiteral" || parent === "TSLiteralType") return;
  yield { start, end, replacement: `${Number(value) + 1}`, mutator: "NumericLiteral" };
}

/** The opposites of the operators on bits: those that Stryker leaves alone. */
const BITS: Readonly<Record<string, string>> = {
  "&": "|",
  "|": "&",
  "^": "&",
  "<<": ">>",
  ">>": "<<",
  ">>>": "<<",
};

function* ofBits(
  { type, operator = "", left, right }: NodePath["node"],
  source: string,
): Generator<Edit> {
  const other = BITS[operator];
  if (type !== "BinaryExpression" || !left || !right || other === undefined) return;
  const start = source.indexOf(operator, left.end);
  if (start >= right.start) return;
  yield { start, end: start + operator.length, replacement: other, mutator: "BitwiseOperator" };
}

/** With their places and texts; each once, whoever has found it. */
function described(
  file: string,
  source: string,
  starts: readonly number[],
  edits: readonly Edit[],
): readonly Mutation[] {
  const found = new Map<string, Mutation>();
  const counts = new Map<string, number>();
  const inOrder = edits.toSorted((a, b) => a.start - b.start || a.end - b.end);
  for (const edit of inOrder) {
    const { at, before, after } = difference(source.slice(edit.start, edit.end), edit.replacement);
    if (before === after) continue;
    const place = edit.start + at;
    const key = `${place} ${before} ${after}`;
    if (found.has(key)) continue;
    const line = starts.findLastIndex((start) => start <= place);
    const same = `${before} ${after}`;
    const nth = counts.get(same) ?? 0;
    counts.set(same, nth + 1);
    const column = place - (starts[line] ?? 0) + 1;
    const lines = source.slice(place, edit.end).split("\n").length;
    // Where nothing may stand, this may.
    const replacement = edit.replacement || "undefined";
    found.set(key, {
      file,
      line: line + 1,
      column,
      lines,
      before,
      after,
      nth,
      ...edit,
      replacement,
    });
  }
  return [...found.values()].sort((a, b) => a.line - b.line || a.column - b.column);
}

const TOKEN =
  /"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`|[\w$#]+|=>|\.\.\.|\?\?=?|\?\.|[=!]==?|(?:>>>|<<|>>|\*\*|&&|\|\||[-+*/%&|^<>])=?|\+\+|--|[^\s\w]/g;

/** What differs of two texts, by their tokens; spaces and commas at ends do not count. */
export function difference(
  before: string,
  after: string,
): { readonly at: number; readonly before: string; readonly after: string } {
  const [one, other] = [tokensOf(before), tokensOf(after)];
  const same = (a?: Token, b?: Token) => a !== undefined && b !== undefined && a.text === b.text;
  let first = 0;
  while (same(one[first], other[first])) first++;
  let last = 0;
  while (
    last < one.length - first && last < other.length - first &&
    same(one.at(-1 - last), other.at(-1 - last))
  ) last++;
  // A whole condition that becomes another one is told whole.
  const cut = (text: string, tokens: readonly Token[]) => {
    const [begin, end] = [tokens[first], tokens[tokens.length - 1 - last]];
    if (begin === undefined || end === undefined || tokens.length - last <= first) return "";
    return text.slice(begin.at, end.at + end.text.length).replaceAll(/\s+/g, " ");
  };
  return {
    at: one[first]?.at ?? before.length,
    before: cut(before, one),
    after: cut(after, other),
  };
}

interface Token {
  readonly at: number;
  readonly text: string;
}

function tokensOf(text: string): readonly Token[] {
  const tokens = [
    ...text.replaceAll(/\/\/.*|\/\*[^]*?\*\//g, (remark) => " ".repeat(remark.length))
      .matchAll(TOKEN),
  ].map((match) => ({ at: match.index, text: match[0] }));
  return tokens.filter((token, i) =>
    token.text !== "," || !/^[)\]}]$/.test(tokens[i + 1]?.text ?? ")")
  );
}

function lineStarts(source: string): readonly number[] {
  return [0, ...[...source.matchAll(/\n/g)].map(({ index }) => index + 1)];
}

/** The source with a mutation planted. */
export function planted(source: string, { start, end, replacement }: Edit): string {
  return source.slice(0, start) + replacement + source.slice(end);
}

/** Where it is and what it does, on one line. */
export function nameOf(
  { file, line, column, before, after }: Pick<
    Mutation,
    "file" | "line" | "column" | "before" | "after"
  >,
): string {
  return `${file}:${line}:${column} ${clipped(before)} -> ${clipped(after) || "nothing"}`;
}

function clipped(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 40)} … ${text.slice(-17)}`;
}

/**
 * Some of them, by chance: the same ones for the same seed. What is added elsewhere, or moves a line, changes nothing
 * about whether one is among them but for the number.
 */
export function sampleOf(
  mutations: readonly Mutation[],
  most: number,
  seed: number,
): readonly Mutation[] {
  if (most >= mutations.length) return mutations;
  const lot = (one: Mutation) => hash(`${one.file} ${one.before} -> ${one.after} ${one.nth}`, seed);
  const drawn = mutations.map((one) => ({ one, lot: lot(one) }))
    .sort((a, b) => a.lot - b.lot).slice(0, most);
  const chosen = new Set(drawn.map(({ one }) => one));
  return mutations.filter((one) => chosen.has(one));
}

/** A number for a text: others for other seeds. */
function hash(text: string, seed: number): number {
  let h = seed | 0;
  const mix = (value: number) => {
    h = Math.imul(h ^ value, 0x9e3779b1);
    h ^= h >>> 15;
  };
  mix(0x2545f491);
  for (let i = 0; i < text.length; i++) mix(text.charCodeAt(i));
  mix(h << 7);
  return h >>> 0;
}
