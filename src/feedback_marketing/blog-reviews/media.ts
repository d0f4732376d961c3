import { z } from 'zod';
import { someUrl } from '../../input.ts';

const megabytes = 1024 * 1024;
const aUrl = someUrl(2000);
const someBytes = (most: number) => z.int().min(1).max(most);
const somePixels = (most: number) => z.int().min(1).max(most).optional();

const picture = z.strictObject({
  type: z.literal('image'),
  url: aUrl,
  thumbnailUrl: aUrl.optional(),
  format: z.enum(['jpg', 'jpeg', 'png', 'webp', 'gif']),
  bytes: someBytes(10 * megabytes),
  width: somePixels(1920),
  height: somePixels(1920),
});
const video = z.strictObject({
  type: z.literal('video'),
  url: aUrl,
  /** A picture that stands for the video. */
  thumbnailUrl: aUrl.optional(),
  format: z.enum(['mp4', 'mov', 'webm', 'avi']),
  bytes: someBytes(100 * megabytes),
  width: somePixels(1280),
  height: somePixels(720),
});

/** The media of a submission, for the schema of its input. */
export const mediaFields = {
  /** At most 10. */
  media: z
    .array(z.discriminatedUnion('type', [picture, video]))
    .max(10)
    .default([]),
};

/** A picture or a video of a review, as the public sees it. */
export interface BlogReviewMedia {
  readonly type: 'image' | 'video';
  readonly url: string;
  readonly thumbnailUrl: string | undefined;
}

/** Reads the column `images`, which holds whatever services put there. What has no address on the web is left out. */
export function readMedia(images: unknown): BlogReviewMedia[] {
  return Array.isArray(images) ? images.flatMap((entry) => readFile(entry) ?? []) : [];
}

/** A file as services stored it: its URL, or an object that has one under one of several names. */
function readFile(entry: unknown): BlogReviewMedia | undefined {
  const file = (typeof entry === 'string' ? { url: entry } : (entry ?? {})) as Readonly<Record<string, unknown>>;
  const url = webAddressOf(file['url']) ?? webAddressOf(file['secure_url']);
  if (url === undefined) return undefined;
  const type = file['type'] ?? file['media_type'] ?? file['resource_type'];
  const isVideo = typeof type === 'string' ? type.startsWith('video') : /\.(?:mp4|mov|webm|avi)$/i.test(url);
  return {
    type: isVideo ? 'video' : 'image',
    url,
    thumbnailUrl: webAddressOf(file['thumbnailUrl']) ?? webAddressOf(file['thumbnail_url']),
  };
}

/** Services stored any text as an address: one that runs a script is left out. */
export function webAddressOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^https?:\/\//i.test(value) && URL.canParse(value) ? value : undefined;
}
