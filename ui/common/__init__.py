"""What any room may use: values that last, text, pictures, colours."""
