// What the page tells the canvas to draw: the records of vae_core/web/specs.py, as JSON.
import type { Decoder } from "../shared/decoder.js";
import type { Plane } from "./plane.js";

/** left, right, bottom, top of a part of the plane. */
export type Bounds = [left: number, right: number, bottom: number, top: number];
export type Place = [x: number, y: number];

export interface ValuesSpec {
  url: string;
  title: string;
  unit: string;
  low: number;
  high: number;
}

export interface FieldSpec {
  url: string;
  width: number;
  height: number;
  bounds: Bounds;
  title: string;
  unit: string;
  palette: "sequential" | "diverging";
  low: number;
  high: number;
}

export interface Level {
  value: number;
  text: string;
}

export interface ContourSpec {
  url: string;
  width: number;
  height: number;
  bounds: Bounds;
  levels: Level[];
  colour: string | null;
  label: number | null;
}

export interface PlaneSpec {
  title: string;
  decoder_url: string;
  points_url: string;
  layers: number[];
  activation: string;
  likelihood: string;
  count: number;
  latent_dim: number;
  projected: boolean;
  axis_titles: [x: string, y: string];
  posteriors_url: string | null;
  images_url: string | null;
  values: ValuesSpec | null;
  field: FieldSpec | null;
  contours: ContourSpec[];
}

export interface Look {
  points: "means" | "sample" | "resample" | "none";
  ellipses: "none" | "pointer" | "selection" | "all";
  rings: number[];
  shapes: boolean;
  manifold: "none" | "regular" | "quantiles";
  manifold_opacity: number;
}

export interface Marker {
  x: number;
  y: number;
  label: string;
  colour: string | null;
  plane: number | null;
}

export interface Selection {
  plane: number;
  polygon: Place[];
  classes: number[];
}

/** All of it: what ui/canvas/latent.py sends. */
export interface LatentData {
  planes: PlaneSpec[];
  image_shape: [height: number, width: number];
  class_names: string[];
  colours: string[];
  height: number;
  card: boolean;
  look: Look;
  shown_classes: number[] | null;
  path: Place[];
  path_position: number | null;
  other_path: Place[];
  other_path_label: string;
  markers: Marker[];
  selectable: boolean;
  selection: Selection | null;
  part: Part | null;
  opening: number;
  sends_part: boolean;
  about: About;
}

/** What of the panes is seen: by pane the middle and the zoom, null for the opening view. */
export interface Part {
  views: (PartOfPane | null)[];
  hidden: number[];
}

export type PartOfPane = [x: number, y: number, zoom: number];

/** For files that are saved: what is shown, and where it comes from. */
export interface About {
  title: string;
  file: string;
  lines: [name: string, value: string][];
}

/** A pane's data once they are here, with room for a latent (Z) and the image it decodes to (D). */
export interface Loaded {
  plane: Plane;
  decoder: Decoder;
  z: Float64Array;
  image: Float32Array;
}

/** The image nearest to the probe, as a pane draws it. */
export interface Near {
  image: number;
  x: number;
  y: number;
  mean: Place;
  radius: number;
  colour: string;
  name: string;
}

/** The colour of image i is table[step[i]], a pixel. */
export interface Paint {
  step: Uint8Array;
  table: Uint32Array;
}
