/** A limit that a mutation which makes a test hang is noticed by: the tests themselves have a longer one. */
import { limitTests } from "./_limit.ts";

limitTests(120_000);
