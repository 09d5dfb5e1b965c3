import { testKills } from "./_kills.ts";
import { byteMutants } from "./_mutants_bytes.ts";

testKills(byteMutants);
