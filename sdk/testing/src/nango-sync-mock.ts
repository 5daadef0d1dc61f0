// The `nango` object of a sync under test: records too.
import type { MockOptions } from './mock-options.ts';
import { NangoMock } from './nango-mock.ts';
import { createRecordRules, type RecordRules } from './record-rules.ts';
import { createSpy, type Spy } from './spy.ts';

export class NangoSyncMock extends NangoMock {
  readonly scriptType = 'sync' as const;
  readonly variant = 'base';
  // The runtime has a date here, or nothing; tests of the older kind have null.
  readonly lastSyncDate = dateOf(this.recorded('lastSyncDate')) as Date;
  readonly batchSave: Spy;
  readonly batchSend: Spy;
  readonly batchUpdate: Spy;
  readonly batchDelete: Spy;
  readonly trackDeletesStart: Spy;
  readonly trackDeletesEnd: Spy;
  readonly deleteRecordsFromPreviousExecutions: Spy;
  readonly getRecordsByIds = createSpy('getRecordsByIds', async () => new Map());
  readonly getRecordsById = createSpy('getRecordsById', async () => new Map());
  /** Nothing: a first run. */
  readonly listRecords = createSpy('listRecords', async function* () {});
  readonly setMergingStrategy = createSpy('setMergingStrategy', async () => {});

  readonly #rules: RecordRules | undefined;

  constructor(options: MockOptions) {
    super(options);
    const models = options.Model?.split(',').map((model) => model.trim());
    this.#rules = options.strict ? createRecordRules(models) : undefined;
    const saving = (member: string) =>
      createSpy(member, async (records: unknown, model: string) => {
        this.#rules?.check(records, model);
        return true;
      });
    const recorded = (member: string) =>
      createSpy(member, async (model: string) => {
        this.#rules?.checkModel(model);
        return this.recorded(member);
      });
    this.batchSave = saving('batchSave');
    this.batchSend = saving('batchSend');
    this.batchUpdate = saving('batchUpdate');
    this.batchDelete = createSpy('batchDelete', async (_records: unknown, model: string) => {
      this.#rules?.checkModel(model);
      return true;
    });
    this.trackDeletesStart = recorded('trackDeletesStart');
    this.trackDeletesEnd = recorded('trackDeletesEnd');
    this.deleteRecordsFromPreviousExecutions = recorded('deleteRecordsFromPreviousExecutions');
  }

  protected override problems(): string[] {
    const rejected = this.#rules?.rejected ?? [];
    return [...super.problems(), ...rejected.map((record) => `Would be quarantined: ${record}`)];
  }
}

const dateOf = (recorded: string | undefined): Date | null => (recorded === undefined ? null : new Date(recorded));
