"""What a language model is asked, and what is made of its answers. No HTTP here: that is `kura_udfs.llm`."""
