/**
 * What users want a context to call.
 *
 * @module
 */
import { Ready } from "./_ready_list.ts";

/** The callback of a bottom half or of a timer. */
export class Callback extends Ready {
  declare readonly kind: "BottomHalf" | "Timer";
  declare readonly call: () => void;
  declare readonly name: string;

  constructor(kind: "BottomHalf" | "Timer", call: () => void, name: string) {
    super();
    this.kind = kind;
    this.call = call;
    this.name = name;
  }

  run(): boolean {
    this.call();
    return true;
  }

  override toString(): string {
    return `${this.kind} "${this.name}"`;
  }
}
