// The model that the demo sends: a small IFC4 building made for it, with one deliberate fault.

/** The GlobalId that two objects of the sample share. */
export const SAMPLE_DUPLICATE = '1bimservDemoWall$$$001';

export const SAMPLE_FILE_NAME = 'two-walls.ifc';

/** A STEP file in ASCII: project, site, building, storey, and two walls with bodies that share a GlobalId. */
export const SAMPLE_MODEL = `ISO-10303-21;
/* Made for the demo of bimservice. The two walls share a GlobalId on purpose: that is what the demo finds. */
HEADER;
FILE_DESCRIPTION(('ViewDefinition [ReferenceView_V1.2]'),'2;1');
FILE_NAME('${SAMPLE_FILE_NAME}','2024-05-01T12:00:00',('bimservice'),('bimservice'),'bimservice','bimservice','');
FILE_SCHEMA(('IFC4'));
ENDSEC;
DATA;
#1=IFCPROJECT('0bimservDemoProject_01',$,'Demo',$,$,$,$,(#7),#2);
#2=IFCUNITASSIGNMENT((#3,#4,#5,#6));
#3=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);
#4=IFCSIUNIT(*,.AREAUNIT.,$,.SQUARE_METRE.);
#5=IFCSIUNIT(*,.VOLUMEUNIT.,$,.CUBIC_METRE.);
#6=IFCSIUNIT(*,.PLANEANGLEUNIT.,$,.RADIAN.);
#7=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,#9,$);
#8=IFCGEOMETRICREPRESENTATIONSUBCONTEXT('Body','Model',*,*,*,*,#7,$,.MODEL_VIEW.,$);
#9=IFCAXIS2PLACEMENT3D(#10,$,$);
#10=IFCCARTESIANPOINT((0.,0.,0.));
#11=IFCDIRECTION((0.,0.,1.));
#12=IFCDIRECTION((0.,1.,0.));
#13=IFCAXIS2PLACEMENT2D(#14,$);
#14=IFCCARTESIANPOINT((2.,0.));
#20=IFCSITE('0bimservDemoSite____01',$,'Site',$,$,#21,$,$,.ELEMENT.,$,$,$,$,$);
#21=IFCLOCALPLACEMENT($,#9);
#22=IFCBUILDING('0bimservDemoBuilding01',$,'Building',$,$,#23,$,$,.ELEMENT.,$,$,$);
#23=IFCLOCALPLACEMENT(#21,#9);
#24=IFCBUILDINGSTOREY('0bimservDemoStorey__01',$,'Ground floor',$,$,#25,$,$,.ELEMENT.,0.);
#25=IFCLOCALPLACEMENT(#23,#9);
#30=IFCRELAGGREGATES('0bimservDemoInProject1',$,$,$,#1,(#20));
#31=IFCRELAGGREGATES('0bimservDemoInSite___1',$,$,$,#20,(#22));
#32=IFCRELAGGREGATES('0bimservDemoInBuilding',$,$,$,#22,(#24));
#33=IFCRELCONTAINEDINSPATIALSTRUCTURE('0bimservDemoOnStorey_1',$,$,$,(#40,#50),#24);
#40=IFCWALL('${SAMPLE_DUPLICATE}',$,'South wall',$,$,#41,#43,'W-1',.SOLIDWALL.);
#41=IFCLOCALPLACEMENT(#25,#42);
#42=IFCAXIS2PLACEMENT3D(#10,$,$);
#43=IFCPRODUCTDEFINITIONSHAPE($,$,(#44));
#44=IFCSHAPEREPRESENTATION(#8,'Body','SweptSolid',(#45));
#45=IFCEXTRUDEDAREASOLID(#46,#9,#11,2.6);
#46=IFCRECTANGLEPROFILEDEF(.AREA.,$,#13,4.,0.2);
#50=IFCWALL('${SAMPLE_DUPLICATE}',$,'West wall',$,$,#51,#53,'W-2',.SOLIDWALL.);
#51=IFCLOCALPLACEMENT(#25,#52);
#52=IFCAXIS2PLACEMENT3D(#10,#11,#12);
#53=IFCPRODUCTDEFINITIONSHAPE($,$,(#54));
#54=IFCSHAPEREPRESENTATION(#8,'Body','SweptSolid',(#55));
#55=IFCEXTRUDEDAREASOLID(#56,#9,#11,2.6);
#56=IFCRECTANGLEPROFILEDEF(.AREA.,$,#13,4.,0.2);
ENDSEC;
END-ISO-10303-21;
`;
