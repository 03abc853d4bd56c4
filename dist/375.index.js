var __filename=import.meta.filename,__dirname=import.meta.dirname;
export const id=375;export const ids=[375];export const modules={8375:((o,t,s)=>{s.d(t,{k:()=>d});var d=s(6681)})};