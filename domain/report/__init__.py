"""The quality report: what code finds in a finished story, without a model."""

from domain.report.build import report
from domain.report.measure import Measure, Report

__all__ = ["Measure", "Report", "report"]
