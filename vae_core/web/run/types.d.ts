// What the page tells the canvas to draw: what vae_core.web.run_data makes, as JSON.

/** Where the images are; numbers as bytes in base64. */
export interface PlaneData {
  /** float32 (N, 2) */
  xy: string;
  /** float32 (N, 2), or nothing */
  sigma: string;
  /** uint8 (N) */
  label: string;
  /** half the plane's width */
  limit: number;
  /** whether the height only spreads the points */
  strip: boolean;
  /** whether the prior's circle is drawn */
  prior: boolean;
  titles: [x: string, y: string];
}

export interface SheetData {
  width: number;
  height: number;
  /** grey bytes in base64 */
  pixels: string;
}

export interface Panel {
  title: string;
  /** by epoch */
  values: number[];
  /** thin lines: by part, then by epoch */
  parts: number[][];
}

export interface RunData {
  plane: PlaneData | null;
  sheet: SheetData | null;
  sheet_title: string;
  changes: { epoch: number; text: string }[];
  shown_epoch: number;
  class_names: string[];
  colours: string[];
  epochs: number;
  epoch: number[];
  panels: Panel[];
  height: number;
}

/** Where the points are at one moment. */
export interface Moment {
  xy: Float32Array;
  sigma: Float32Array;
  limit: number;
}

/** From a value of an axis to a pixel. */
export type Scale = (value: number) => number;
