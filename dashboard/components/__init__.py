"""Parts of a page, one ``show()`` each."""
