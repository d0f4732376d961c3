// Generated from src/registry/renames.ts by `npm run db:generate`. Do not edit.
import { warnOfOldPath } from '../../../deprecation.ts';
import {
  CallRecording as canonicalCallRecording,
  RecordingStatus as canonicalRecordingStatus,
  RecordingType as canonicalRecordingType,
} from '../../../support_communications/index.ts';

warnOfOldPath({
  from: 'canonical-models/models/call_recording',
  to: ['canonical-models/support_communications'],
  removedIn: '2.0.0',
});

/** @deprecated Import `CallRecording` from 'canonical-models/support_communications'. Goes in 2.0.0. */
export const CallRecording: typeof canonicalCallRecording = canonicalCallRecording;
/** @deprecated Import `CallRecording` from 'canonical-models/support_communications'. Goes in 2.0.0. */
export type CallRecording = canonicalCallRecording;

/** @deprecated Import `RecordingStatus` from 'canonical-models/support_communications'. Goes in 2.0.0. */
export const RecordingStatus: typeof canonicalRecordingStatus = canonicalRecordingStatus;
/** @deprecated Import `RecordingStatus` from 'canonical-models/support_communications'. Goes in 2.0.0. */
export type RecordingStatus = canonicalRecordingStatus;

/** @deprecated Import `RecordingType` from 'canonical-models/support_communications'. Goes in 2.0.0. */
export const RecordingType: typeof canonicalRecordingType = canonicalRecordingType;
/** @deprecated Import `RecordingType` from 'canonical-models/support_communications'. Goes in 2.0.0. */
export type RecordingType = canonicalRecordingType;
