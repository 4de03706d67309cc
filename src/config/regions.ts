/**
 * The regions in which EIPs exist, with the names that the console shows. From the `Region` values that the VPC API
 * documents, and the regions opened since. Regions open all the time: one that is missing here is remarked upon, with the nearest
 * name, and read all the same (domain.md §4).
 */
export const REGIONS = {
  "ap-bangkok": "Bangkok",
  "ap-beijing": "Beijing",
  "ap-beijing-fsi": "Beijing Finance",
  "ap-changsha-ec": "Changsha Edge",
  "ap-chengdu": "Chengdu",
  "ap-chongqing": "Chongqing",
  "ap-fuzhou-ec": "Fuzhou Edge",
  "ap-guangzhou": "Guangzhou",
  "ap-hangzhou-ec": "Hangzhou Edge",
  "ap-hefei-ec": "Hefei Edge",
  "ap-hongkong": "Hong Kong",
  "ap-jakarta": "Jakarta",
  "ap-jinan-ec": "Jinan Edge",
  "ap-mumbai": "Mumbai",
  "ap-nanjing": "Nanjing",
  "ap-osaka": "Osaka",
  "ap-qingyuan": "Qingyuan",
  "ap-seoul": "Seoul",
  "ap-shanghai": "Shanghai",
  "ap-shanghai-fsi": "Shanghai Finance",
  "ap-shenyang-ec": "Shenyang Edge",
  "ap-shenzhen": "Shenzhen",
  "ap-shenzhen-fsi": "Shenzhen Finance",
  "ap-shijiazhuang-ec": "Shijiazhuang Edge",
  "ap-singapore": "Singapore",
  "ap-taipei": "Taipei",
  "ap-tianjin": "Tianjin",
  "ap-tokyo": "Tokyo",
  "ap-wuhan-ec": "Wuhan Edge",
  "ap-xian-ec": "Xi'an Edge",
  "ap-xibei-ec": "Northwest Edge",
  "ap-zhengzhou-ec": "Zhengzhou Edge",
  "eu-frankfurt": "Frankfurt",
  "eu-moscow": "Moscow",
  "me-saudi-arabia": "Riyadh",
  "na-ashburn": "Virginia",
  "na-siliconvalley": "Silicon Valley",
  "na-toronto": "Toronto",
  "sa-saopaulo": "São Paulo",
} as const satisfies Readonly<Record<string, string>>;

/** Whether Tencent Cloud has a region of this name. */
export function isRegion(name: string): boolean {
  return Object.hasOwn(REGIONS, name);
}

/** What the name of a region looks like. */
export const REGION_PATTERN = /^[a-z]{2}(-[a-z0-9]+)+$/;
