import { assert } from "@std/assert";
import { Registry } from "../../../src/core/_registry.ts";

Deno.test("of those who are out of reach nothing is kept, however many homes come and go", () => {
  let looked = 0;
  const { WeakRef } = globalThis;
  /** One whose object is out of reach at once. */
  class Lost {
    deref(): undefined {
      looked++;
    }
  }
  globalThis.WeakRef = Lost as unknown as typeof WeakRef;
  try {
    const registry = new Registry<object, object>();
    for (let i = 0; i < 10_000; i++) registry.open({});
    looked = 0;
    assert([...registry.members()].length === 0);
    // At twice as many as were left, those are let go.
    assert(looked <= 2 * 131, `${looked} are looked at`);
  } finally {
    globalThis.WeakRef = WeakRef;
  }
});
