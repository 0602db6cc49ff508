// A reporter that names the tests that passed only at a second try.
import type { Reporter, TestCase } from 'vitest/node';

export default class SecondTries implements Reporter {
  onTestCaseResult(test: TestCase): void {
    if (test.diagnostic()?.flaky)
      console.log(`passed only at a second try: ${test.module.moduleId}: ${test.fullName}`);
  }
}
