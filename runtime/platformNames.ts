/** Platforms that are looked for, in this order: an enclave before the guest around it, the hardware before an agent. */
export const DETECTED_PLATFORMS = ['gramine', 'occlum', 'scone', 'configfs-tsm', 'coco-agent', 'azure-vtpm'] as const;
export type DetectedPlatform = (typeof DETECTED_PLATFORMS)[number];

/** Platforms that can be configured: also the one that is never found. */
export const PLATFORM_NAMES = [...DETECTED_PLATFORMS, 'insecure'] as const;
export type PlatformName = (typeof PLATFORM_NAMES)[number];
