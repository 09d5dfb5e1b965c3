/** A limit that is soon over: for the tests of limits alone. */
import { limitTests } from "./_limit.ts";

limitTests(1000);
