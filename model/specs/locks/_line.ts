/**
 * Lines in which parties stand, first come, first served. For the claim about order each knows how
 * many of those who came before it still stand there: `ahead`.
 *
 * @module
 */
import type { SeqView, TableView } from "../../mod.ts";

/** What a spec needs for it. */
export interface Lines {
  readonly ahead: TableView<string, number>;
}

/** What a spec needs, too, where what is waited for can be had at once. */
export interface Passing extends Lines {
  /** Whether anybody has ever had it at once while others stood in line. */
  passed: boolean;
}

/** Somebody has it at once. */
export function passes(s: Passing, line: SeqView<string>): void {
  if (line.length > 0) s.passed = true;
}

/** Stands at the end. */
export function stand({ ahead }: Lines, line: SeqView<string>, who: string): void {
  ahead.set(who, line.length);
  line.push(who);
}

/** Takes out the first one. */
export function shift(s: Lines, line: SeqView<string>): string {
  const who = line.at(0);
  leave(s, line, who);
  return who;
}

/** Takes one out, if it stands there: those behind it move up. */
export function leave({ ahead }: Lines, line: SeqView<string>, who: string): void {
  const place = line.indexOf(who);
  if (place < 0) return;
  line.removeAt(place);
  ahead.set(who, 0);
  for (let i = place; i < line.length; i++) ahead.set(line.at(i), ahead.at(line.at(i)) - 1);
}

/** Whether each stands behind those alone who came before it. */
export function inOrder({ ahead }: Lines, line: SeqView<string>): boolean {
  return line.every((who, i) => ahead.at(who) === i);
}
