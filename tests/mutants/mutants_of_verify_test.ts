import { testNotices } from "./_notices.ts";
import { verifyMutants } from "./_mutants_verify.ts";

testNotices(verifyMutants);
