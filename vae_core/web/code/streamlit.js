// The component of the table of a discrete code in Streamlit.
import { mountOnce } from "../shared/mount.js";
import { CodeCanvas } from "./canvas.js";

export default mountOnce(CodeCanvas);
