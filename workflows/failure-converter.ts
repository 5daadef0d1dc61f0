// Failures in Temporal's history keep their type in clear and their message and stack encrypted by the codec.
import { DefaultFailureConverter } from '@temporalio/common';

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
