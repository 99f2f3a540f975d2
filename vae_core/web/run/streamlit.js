// The component of the picture of a run in Streamlit.
import { mountOnce } from "../shared/mount.js";
import { RunCanvas } from "./canvas.js";

export default mountOnce(RunCanvas);
