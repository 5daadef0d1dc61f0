// The order of a run's files, without the cache of an earlier run: whole instances first, the longest of them at the start, and those
// that wait for the one lent instance apart from each other, so that workers rarely wait.
import { readFileSync } from 'node:fs';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const borrows = ({ moduleId }: TestSpecification) => readFileSync(moduleId, 'utf8').includes('borrowSystem(');

export default class FileOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const [borrowers, others] = [sorted.filter(borrows), sorted.filter((file) => !borrows(file))];
    const whole = others.filter(({ project }) => project.name === 'e2e').length;
    const gap = Math.ceil(whole / (borrowers.length || 1));
    return borrowers
      .flatMap((borrower, at) => [borrower, ...others.slice(at * gap, (at + 1) * gap)])
      .concat(others.slice(borrowers.length * gap));
  }
}
