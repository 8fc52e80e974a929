"""The order in which the schema wants properties (ISO/IEC 29500-1, annex A): a child goes where it belongs."""

from __future__ import annotations

from polydesk.office.ooxml.names import W, local_name
from polydesk.office.ooxml.part import Element


def _ranked(names: str) -> dict[str, int]:
    return {f"{W}{name}": rank for rank, name in enumerate(names.split())}


_ORDERS = {
    f"{W}rPr": _ranked(
        "ins del moveFrom moveTo rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint "
        "noProof snapToGrid vanish webHidden color spacing w kern position sz szCs highlight u effect bdr shd fitText "
        "vertAlign rtl cs em lang eastAsianLayout specVanish oMath rPrChange"
    ),
    f"{W}pPr": _ranked(
        "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd tabs "
        "suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd "
        "snapToGrid spacing ind contextualSpacing mirrorIndents suppressOverlap jc textDirection textAlignment "
        "textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange"
    ),
    f"{W}tcPr": _ranked(
        "cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection tcFitText vAlign hideMark "
        "headers cellIns cellDel cellMerge tcPrChange"
    ),
    f"{W}tblPr": _ranked(
        "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc tblCellSpacing tblInd "
        "tblBorders shd tblLayout tblCellMar tblLook tblCaption tblDescription tblPrChange"
    ),
    f"{W}trPr": _ranked("ins del trPrChange"),
    f"{W}sectPr": _ranked(
        "headerReference footerReference footnotePr endnotePr type pgSz pgMar paperSrc pgBorders lnNumType pgNumType "
        "cols formProt vAlign noEndnote titlePg textDirection bidi rtlGutter docGrid printerSettings sectPrChange"
    ),
    f"{W}sdtPr": _ranked("rPr alias tag id lock placeholder temporary showingPlcHdr dataBinding"),
    f"{W}settings": _ranked(
        "writeProtection view zoom removePersonalInformation removeDateAndTime doNotDisplayPageBoundaries "
        "displayBackgroundShape printPostScriptOverText printFractionalCharacterWidth printFormsData "
        "embedTrueTypeFonts embedSystemFonts saveSubsetFonts saveFormsData mirrorMargins alignBordersAndEdges "
        "bordersDoNotSurroundHeader bordersDoNotSurroundFooter gutterAtTop hideSpellingErrors hideGrammaticalErrors "
        "activeWritingStyle proofState formsDesign attachedTemplate linkStyles stylePaneFormatFilter "
        "stylePaneSortMethod documentType mailMerge revisionView trackRevisions doNotTrackMoves "
        "doNotTrackFormatting documentProtection autoFormatOverride styleLockTheme styleLockQFSet defaultTabStop "
        "autoHyphenation consecutiveHyphenLimit hyphenationZone doNotHyphenateCaps showEnvelope summaryLength "
        "clickAndTypeStyle defaultTableStyle evenAndOddHeaders bookFoldRevPrinting bookFoldPrinting "
        "bookFoldPrintingSheets drawingGridHorizontalSpacing drawingGridVerticalSpacing "
        "displayHorizontalDrawingGridEvery displayVerticalDrawingGridEvery doNotUseMarginsForDrawingGridOrigin "
        "drawingGridHorizontalOrigin drawingGridVerticalOrigin doNotShadeFormData noPunctuationKerning "
        "characterSpacingControl printTwoOnOne strictFirstAndLastChars noLineBreaksAfter noLineBreaksBefore "
        "savePreviewPicture doNotValidateAgainstSchema saveInvalidXml ignoreMixedContent alwaysShowPlaceholderText "
        "doNotDemarcateInvalidXml saveXmlDataOnly useXSLTWhenSaving saveThroughXslt showXMLTags "
        "alwaysMergeEmptyNamespace updateFields hdrShapeDefaults footnotePr endnotePr compat docVars rsids"
    ),
}


def put_child(holder: Element, child: Element) -> None:
    """Put `child` into `holder` where the schema wants it, in the place of one of the same name that is there."""
    for old in holder.findall(child.tag):
        holder.remove(old)
    later = child_after(holder, child.tag)
    if later is None:
        holder.append(child)
    else:
        later.addprevious(child)


def order_of(tag: str) -> list[str]:
    """The names of the children of `tag` in the schema's order; empty for an element that is not known here."""
    return list(_ORDERS.get(tag, {}))


def child_after(holder: Element, child: str) -> Element | None:
    """The first child of `holder` that comes behind one called `child`; None when that would be the last."""
    ranks = _ORDERS.get(holder.tag, {})
    unknown = -1 if holder.tag == f"{W}trPr" else len(ranks)
    rank = ranks.get(child, unknown)
    return next((item for item in holder if local_name(item.tag) and ranks.get(item.tag, unknown) > rank), None)
