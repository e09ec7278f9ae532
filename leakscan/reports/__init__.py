"""The answer of a run, as text: one view decides order and wording, the rest only draw it."""
