// What the page tells the menu: what ui.common.saving makes, as JSON.

export interface SaveData {
  /** key of the element on the page that is saved */
  chart: string;
  title: string;
  /** name of the file without its ending */
  file: string;
  about: [name: string, value: string][];
  /** where Plotly's code is; "" where a canvas is saved, which draws itself at its own size */
  plotly_url: string;
}

/** What Plotly is asked for. */
export interface Plotly {
  toImage(
    figure: Figure,
    options: { format: "svg"; width: number; height: number },
  ): Promise<string>;
}

export interface Figure {
  data: Record<string, any>[];
  layout: Record<string, any>;
}
