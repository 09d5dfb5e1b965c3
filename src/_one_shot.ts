/**
 * What is done once.
 *
 * @module
 */
import { Ready } from "./_ready_list.ts";

/** A callback that is called once. */
export class OneShot extends Ready {
  declare readonly callback: () => void;
  declare readonly name: string;

  constructor(callback: () => void, name: string) {
    super();
    this.callback = callback;
    this.name = name;
  }

  run(): boolean {
    this.callback();
    return true;
  }

  override toString(): string {
    return `BottomHalf "${this.name}"`;
  }
}
