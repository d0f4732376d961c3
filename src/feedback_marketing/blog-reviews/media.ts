import { z } from 'zod';

const megabytes = 1024 * 1024;
const aUrl = z.url({ protocol: /^https?$/ }).max(2000);
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

/** A file as services stored it before: its URL, or an object that has one under one of several names. */
const stored = z.union([
  z.string().transform((url) => ({ url, type: undefined, thumbnail: undefined })),
  z
    .object({
      type: z.string().optional().catch(undefined),
      media_type: z.string().optional().catch(undefined),
      resource_type: z.string().optional().catch(undefined),
      url: z.string().optional().catch(undefined),
      secure_url: z.string().optional().catch(undefined),
      thumbnailUrl: aUrl.optional().catch(undefined),
      thumbnail_url: aUrl.optional().catch(undefined),
    })
    .transform((file) => ({
      url: file.url ?? file.secure_url,
      type: file.type ?? file.media_type ?? file.resource_type,
      thumbnail: file.thumbnailUrl ?? file.thumbnail_url,
    })),
]);

/** Reads the column `images`, which holds whatever services put there. What has no address on the web is left out. */
export function readMedia(images: unknown): BlogReviewMedia[] {
  if (!Array.isArray(images)) return [];
  return images.flatMap((entry): BlogReviewMedia[] => {
    const { url, type, thumbnail } = stored.safeParse(entry).data ?? {};
    if (!aUrl.safeParse(url).success) return [];
    const isVideo = type === undefined ? /\.(?:mp4|mov|webm|avi)$/i.test(url as string) : type.startsWith('video');
    return [{ type: isVideo ? 'video' : 'image', url: url as string, thumbnailUrl: thumbnail }];
  });
}
